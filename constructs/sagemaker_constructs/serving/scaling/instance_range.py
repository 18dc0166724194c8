"""How many instances a variant runs on."""

from dataclasses import dataclass
from typing import Protocol

from sagemaker_constructs.serving.scaling.capacity_range import CapacityRange


@dataclass(frozen=True)
class InstanceRange(CapacityRange):
    """From ``minimum`` to ``maximum`` instances; the endpoint starts with ``minimum``, and at least with one.

    ``maximum`` is reached by autoscaling only. Default: no more than ``minimum``. Only an ``AsyncEndpoint`` may
    have a ``minimum`` of 0.
    """

    @property
    def initial(self) -> int:
        """The instances that the endpoint starts with."""
        return 1 if self.minimum == 0 else self.minimum


class Fleet(Protocol):
    """What rules of a fleet of instances read of it; ``Variant`` is one."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def instance_type(self) -> str:
        """The type of all its instances."""
        ...

    @property
    def instances(self) -> InstanceRange:
        """How many there are."""
        ...
