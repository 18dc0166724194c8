"""How many instances a variant runs on."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.validation import is_token


@dataclass(frozen=True)
class InstanceRange:
    """From ``minimum`` to ``maximum`` instances; the endpoint starts with ``minimum``.

    ``maximum`` is reached by autoscaling only. Default: no more than ``minimum``.
    """

    minimum: int
    maximum: int | None = None

    @property
    def limit(self) -> int:
        """The most instances that autoscaling may start."""
        return self.minimum if self.maximum is None else self.maximum

    def problems(self, name: str) -> Iterator[str]:
        """What AWS would refuse in this range, for a variant that keeps at least one instance."""
        if is_token(self.minimum) or is_token(self.limit):
            return
        if self.minimum < 1:
            yield f"{name}.minimum must be at least 1, got: {self.minimum}"
        if self.limit < self.minimum:
            yield f"{name}.maximum must be at least the minimum ({self.minimum}), got: {self.limit}"
