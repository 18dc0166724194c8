"""How records become requests to the model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aws_cdk import Duration

from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import Problem, in_range, one_of
from sagemaker_constructs.core.rules.at_synth import rule_problems

Strategy = Literal["MultiRecord", "SingleRecord"]
STANDARD_PAYLOAD = 6
MOST_MEGABYTES = 100
_ARGUMENTS = {
    "BatchStrategy": "strategy",
    "MaxConcurrentTransforms": "max_concurrent",
    "MaxPayloadInMB": "max_payload_mb",
}


@dataclass(frozen=True)
class TransformRequests:
    """Size, number and patience of the requests; what is left out is up to the container.

    A container answers ``/execution-parameters`` with its own wishes; without them SageMaker makes one request
    at a time (``max_concurrent``) of up to 6 MB (``max_payload_mb``) with many records (``strategy``).
    ``max_payload_mb=0`` sends whole objects in chunks, for containers that take those. A request is given up
    after ``timeout`` (default: SageMaker's 10 minutes; 1 second to 1 hour) and repeated up to ``max_retries``
    times (default: SageMaker's 3; 0 to 3).

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
    """

    strategy: Strategy | None = None
    max_payload_mb: int | None = None
    max_concurrent: int | None = None
    timeout: Duration | None = None
    max_retries: int | None = None

    def problems(self, split: str) -> Iterator[Problem | None]:
        """What AWS would refuse for input that is split by ``split``."""
        if self.strategy:
            yield one_of("strategy", self.strategy, ("MultiRecord", "SingleRecord"))
        payload = STANDARD_PAYLOAD if self.max_payload_mb is None else self.max_payload_mb
        yield in_range("max_payload_mb", payload, 0, MOST_MEGABYTES)
        if self.max_concurrent is not None:
            yield in_range("max_concurrent", self.max_concurrent, 1, MOST_MEGABYTES)
        members = {"TransformInput": {"SplitType": split}, **self._sizes()}
        yield from rule_problems("CreateTransformJob", members, names=_ARGUMENTS)
        if self.timeout:
            yield in_range("timeout", seconds_of(self.timeout), 1, 3600, unit="seconds")
        if self.max_retries is not None:
            yield in_range("max_retries", self.max_retries, 0, 3)

    def properties(self) -> dict[str, object]:
        """The members of a Create call."""
        client = {
            "InvocationsTimeoutInSeconds": seconds_of(self.timeout) if self.timeout else None,
            "InvocationsMaxRetries": self.max_retries,
        }
        patience = {name: value for name, value in client.items() if value is not None}
        return {**self._sizes(), **({"ModelClientConfig": patience} if patience else {})}

    def _sizes(self) -> dict[str, object]:
        members = {
            "BatchStrategy": self.strategy,
            "MaxPayloadInMB": self.max_payload_mb,
            "MaxConcurrentTransforms": self.max_concurrent,
        }
        return {name: value for name, value in members.items() if value is not None}
