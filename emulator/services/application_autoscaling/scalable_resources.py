"""What Application Auto Scaling moves: targets with their present capacity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from emulator.ministack.hooks import in_scope
from emulator.services.application_autoscaling.api import ApplicationAutoScaling

Target = Mapping[str, Any]


class Capacity(Protocol):
    """The capacity of scalable resources."""

    def current(self, resource_id: str, dimension: str) -> int | None:
        """Present capacity; None when there is no such resource or it must not be changed now."""
        ...

    def change(self, resource_id: str, dimension: str, capacity: int) -> None:
        """Set it."""
        ...


class ScalableResources:
    """Targets, and the capacity behind them.

    Args:
        autoscaling: Targets, policies, scheduled actions and activities.
        capacity: What is scaled.
    """

    def __init__(self, autoscaling: ApplicationAutoScaling, capacity: Capacity) -> None:
        self.autoscaling = autoscaling
        self._capacity = capacity

    def visit(self, look: Callable[[Target], None]) -> None:
        """Look at every target, within its account and region."""
        for scope, target in self.autoscaling.targets():
            with in_scope(scope.account, scope.region):
                look(target)

    def current(self, target: Target) -> int | None:
        """Present capacity; None when there is no such resource or it must not be changed now."""
        return self._capacity.current(target["ResourceId"], target["ScalableDimension"])

    def change(self, target: Target, capacity: int, cause: str) -> None:
        """Set the capacity, and note why."""
        self._capacity.change(target["ResourceId"], target["ScalableDimension"], capacity)
        self.autoscaling.add_activity(target, capacity, cause)
