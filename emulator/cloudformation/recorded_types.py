"""Resource types that are in the template and nowhere else: MiniStack has neither the type nor its API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.ministack.stack_hooks import add_resource_type

Properties = dict[str, Any]

TYPES: Mapping[str, str] = {
    "AWS::LakeFormation::DataCellsFilter": "Name",
    "AWS::LakeFormation::DataLakeSettings": "",
    "AWS::LakeFormation::PrincipalPermissions": "",
    "AWS::LakeFormation::Resource": "ResourceArn",
    "AWS::RAM::ResourceShare": "Name",
    "AWS::WAFv2::LoggingConfiguration": "ResourceArn",
}
"""Type → the property that identifies its resources, whose change replaces them; empty where there is none."""


class _Handlers:
    def __init__(self, identifier: str) -> None:
        self._identifier = identifier

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        return str(properties.get(self._identifier) or f"{stack_name}-{logical_id}"), {}

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        del old, new, stack_name
        return physical_id, {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Nothing is there."""


def add_recorded_types() -> None:
    """Register every type of the table."""
    for name, identifier in TYPES.items():
        handlers = _Handlers(identifier)
        add_resource_type(
            name,
            {"create": handlers.create, "update": handlers.update, "delete": handlers.delete},
            replacing=(identifier,) if identifier else (),
        )
