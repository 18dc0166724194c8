"""Which jobs of AWS Batch are tried again."""

from collections.abc import Sequence
from dataclasses import dataclass

_TAKEN_BACK = ("Host EC2*", "Your Spot Task was interrupted*")


@dataclass(frozen=True)
class BatchRetries:
    """A job that loses its capacity is tried again, up to ``attempts`` times in all; so is one that ends with one of
    ``exit_codes``, of which there may be two. Whatever else fails has failed.

    What ends with 0 when it is told to end, as spare capacity is taken back, has succeeded.

    See https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
    """

    attempts: int = 3
    exit_codes: Sequence[int] = ()

    def request(self) -> dict[str, object]:
        """The ``retryStrategy``. The first condition that is met decides."""
        conditions: list[dict[str, str]] = [
            *({"onStatusReason": reason, "action": "RETRY"} for reason in _TAKEN_BACK),
            *({"onExitCode": str(code), "action": "RETRY"} for code in self.exit_codes),
            {"onReason": "*", "action": "EXIT"},
        ]
        return {"attempts": self.attempts, "evaluateOnExit": conditions}
