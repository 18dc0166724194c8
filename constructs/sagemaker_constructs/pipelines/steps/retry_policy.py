"""When a step is tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import Duration

from sagemaker_constructs.core.durations import seconds_of

RetriedFault = Literal[
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
]


@dataclass(frozen=True)
class RetryPolicy:
    """Try again after one of the faults ``on``: ``attempts`` times, or until ``expire_after`` has passed.

    The first time after ``interval_seconds``, each further time after ``backoff_rate`` times as long.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
    """

    on: Sequence[RetriedFault]
    attempts: int | None = None
    expire_after: Duration | None = None
    interval_seconds: int = 1
    backoff_rate: float = 2.0

    def document(self) -> dict[str, object]:
        """Its entry among the ``RetryPolicies`` of a step."""
        ends = {
            "MaxAttempts": self.attempts,
            "ExpireAfterMin": round(seconds_of(self.expire_after) / 60) if self.expire_after else None,
        }
        return {
            "ExceptionType": [*self.on],
            "IntervalSeconds": self.interval_seconds,
            "BackoffRate": self.backoff_rate,
            **{name: value for name, value in ends.items() if value is not None},
        }
