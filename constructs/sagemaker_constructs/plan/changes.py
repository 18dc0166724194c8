"""What happens to one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ChangeAction(StrEnum):
    """What CloudFormation does to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    MAY_REPLACE = "may replace"
    DELETE = "delete"
    KEEP = "keep"
    """It leaves the stack and stays in the account."""

    @property
    def replaces(self) -> bool:
        """Whether another resource takes its place, or may."""
        return self in (ChangeAction.REPLACE, ChangeAction.MAY_REPLACE)


@dataclass(frozen=True)
class PropertyChange:
    """A property that changes: ``requires`` is ``replacement``, ``perhaps`` or ``update``.

    ``because`` names the resource whose change it follows from, and is empty where the template itself changes it.
    ``certain`` is false where only the deployment has the values that decide.
    """

    path: str
    requires: str
    because: str = ""
    certain: bool = True

    def __str__(self) -> str:
        return f"{self.path} ({self.because} changes)" if self.because else self.path


@dataclass(frozen=True)
class ResourceChange:
    """A resource that changes. ``old`` and ``new`` are what the templates have of it; None where one has nothing."""

    stack: str
    logical_id: str
    type: str
    construct: str
    action: ChangeAction
    properties: tuple[PropertyChange, ...]
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None

    @property
    def properties_before(self) -> Mapping[str, Any]:
        """Its properties in the old template."""
        return (self.old or {}).get("Properties") or {}

    @property
    def properties_after(self) -> Mapping[str, Any]:
        """Its properties in the new template."""
        return (self.new or {}).get("Properties") or {}

    def changes(self, *paths: str) -> bool:
        """Whether one of these properties, or something in it, changes."""
        return any(each.path.partition(".")[0].partition("[")[0] in paths for each in self.properties)

    @property
    def reasons(self) -> tuple[PropertyChange, ...]:
        """The properties that decide about the action: those that replace, or all."""
        deciding = tuple(each for each in self.properties if each.requires != "update")
        return deciding if self.action.replaces and deciding else self.properties
