"""What the jobs of a queue run on."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FargateCapacity:
    """Fargate, up to ``max_vcpus`` vCPUs at a time, which costs nothing while no job runs.

    ``spot`` is spare capacity, which is cheaper and may be taken back with two minutes' notice. An account begins
    with a quota of 6 vCPUs on Fargate.

    See https://docs.aws.amazon.com/batch/latest/userguide/fargate.html
    """

    max_vcpus: int = 16
    spot: bool = False

    @property
    def kind(self) -> str:
        """The type of compute environment."""
        return "FARGATE_SPOT" if self.spot else "FARGATE"


@dataclass(frozen=True)
class InstanceCapacity:
    """Instances of EC2 of ``instance_types``, up to ``max_vcpus`` vCPUs at a time, of which none is kept while no job
    runs.

    ``instance_types`` are families, such as ``c7i``, and types, all of one architecture. ``spot`` is spare capacity,
    which may be taken back: the more families there are, the less often. Batch may exceed ``max_vcpus`` by one
    instance. ``volume_gib`` is the encrypted volume of each instance, which its jobs share.

    See https://docs.aws.amazon.com/batch/latest/userguide/allocation-strategies.html
    """

    instance_types: Sequence[str]
    max_vcpus: int = 64
    spot: bool = True
    volume_gib: int = 50

    @property
    def kind(self) -> str:
        """The type of compute environment."""
        return "SPOT" if self.spot else "EC2"

    @property
    def allocation_strategy(self) -> str:
        """What Batch chooses instances by: one of those with which an environment can be changed in place."""
        return "SPOT_PRICE_CAPACITY_OPTIMIZED" if self.spot else "BEST_FIT_PROGRESSIVE"


Capacity = FargateCapacity | InstanceCapacity
