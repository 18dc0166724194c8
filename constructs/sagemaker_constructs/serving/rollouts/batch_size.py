"""The share of an endpoint that one step of a rollout moves."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.problems import in_range, is_token
from sagemaker_constructs.serving.variants.variant import Variant


@dataclass(frozen=True)
class BatchSize:
    """``percent`` of the capacity, or a number of ``instances``.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CapacitySize.html
    """

    percent: int | None
    instances: int | None

    def problems(
        self, name: str, variants: Sequence[Variant], *, least_percent: int, most_percent: int = 50
    ) -> Iterator[str | None]:
        """What AWS would refuse: a share outside its limits, or more than half of a variant's instances."""
        if self.percent is not None:
            yield in_range(f"{name}.percent", self.percent, least_percent, most_percent)
        if self.instances is None or is_token(self.instances):
            return
        for variant in variants:
            count = variant.instances.minimum
            if not is_token(count) and not 1 <= self.instances <= count // 2:
                yield (
                    f"{name}.instances must be at least 1 and at most half of the {count} instances of "
                    f"{variant.name}, got: {self.instances}"
                )

    def steps(self, variants: Sequence[Variant]) -> int:
        """How many batches an update takes, at least; 1 if that is only known at deployment."""
        if self.percent is not None:
            return math.ceil(100 / self.percent) if not is_token(self.percent) and self.percent > 0 else 1
        counts = [variant.instances.minimum for variant in variants]
        if self.instances is None or is_token(self.instances) or self.instances < 1:
            return 1
        return max((math.ceil(count / self.instances) for count in counts if not is_token(count)), default=1)

    def properties(self) -> dict[str, object]:
        """The ``CapacitySize``."""
        if self.percent is not None:
            return {"type": "CAPACITY_PERCENT", "value": self.percent}
        return {"type": "INSTANCE_COUNT", "value": self.instances}


def exactly_one_size(name: str, percent: int | None, instances: int | None) -> str | None:
    """Rule: a size is given either in percent or in instances."""
    if (percent is None) != (instances is None):
        return None
    return f"{name} must have either percent or instances, got: {'neither' if percent is None else 'both'}"
