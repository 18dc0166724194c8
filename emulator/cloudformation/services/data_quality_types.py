"""`AWS::Glue::DataQualityRuleset`, mapped onto the emulated API."""

from __future__ import annotations

import uuid
from typing import Any

from emulator.ministack.stack_hooks import add_resource_type, run_on_worker_thread
from emulator.services.data_quality.service import DataQuality
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import service_model
from emulator.shapes.template_values import api_names, fitted

Properties = dict[str, Any]

_TYPE = "AWS::Glue::DataQualityRuleset"


class _Type:
    """The type.

    Args:
        quality: The API.
    """

    def __init__(self, quality: DataQuality) -> None:
        self._quality = quality

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Create a ruleset; its name."""
        name = properties.get("Name") or f"{stack_name}-{logical_id}-{uuid.uuid4().hex[:12]}"
        self._quality.call("CreateDataQualityRuleset", self._request("Create", {**properties, "Name": name}))
        return str(name), {}

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        """Change rules and description."""
        del old, stack_name
        self._quality.call("UpdateDataQualityRuleset", self._request("Update", {**new, "Name": physical_id}))
        return physical_id, {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete a ruleset."""
        del properties
        try:
            self._quality.call("DeleteDataQualityRuleset", {"Name": physical_id})
        except ServiceError as error:
            if error.code != "EntityNotFoundException":
                raise

    def _request(self, verb: str, properties: Properties) -> Properties:
        shape = service_model("glue").operation_model(f"{verb}DataQualityRuleset").input_shape
        assert shape
        request: Properties = fitted(shape, api_names(shape, properties))
        return request


def add_data_quality_types(quality: DataQuality) -> None:
    """Register the type."""
    type_ = _Type(quality)
    handlers = {"create": type_.create, "update": type_.update, "delete": type_.delete}
    add_resource_type(_TYPE, handlers, replacing=("Name", "TargetTable"))
    # The catalog is asked for the table.
    run_on_worker_thread([_TYPE])
