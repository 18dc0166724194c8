"""The share of an endpoint that one step of a rollout moves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.serving.scaling.instance_range import Fleet


@dataclass(frozen=True)
class BatchSize:
    """``percent`` of the capacity, or a number of ``instances``.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CapacitySize.html
    """

    percent: int | None
    instances: int | None

    def steps(self, fleets: Sequence[Fleet]) -> int:
        """How many batches an update takes, at least; 1 if that is only known at deployment."""
        if self.percent is not None:
            return math.ceil(100 / self.percent) if not is_token(self.percent) and self.percent > 0 else 1
        counts = [fleet.instances.minimum for fleet in fleets]
        if self.instances is None or is_token(self.instances) or self.instances < 1:
            return 1
        return max((math.ceil(count / self.instances) for count in counts if not is_token(count)), default=1)

    def properties(self) -> dict[str, object]:
        """The ``CapacitySize``."""
        if self.percent is not None:
            return {"type": "CAPACITY_PERCENT", "value": self.percent}
        return {"type": "INSTANCE_COUNT", "value": self.instances}


def exactly_one_size(percent: int | None, instances: int | None) -> Problem | None:
    """Rule: a size is given either in percent or in instances."""
    if (percent is None) != (instances is None):
        return None
    got = "neither" if percent is None else "both"
    return Problem("", f"must have either percent or instances, got: {got}")
