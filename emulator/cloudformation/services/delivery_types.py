"""`AWS::CodePipeline::Pipeline` and connections, mapped onto the emulated APIs."""

from __future__ import annotations

from typing import Any

from emulator.ministack.stack_hooks import add_resource_type, run_on_worker_thread
from emulator.services.codeconnections import CodeConnections
from emulator.services.codepipeline.service import CodePipeline
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import service_model
from emulator.shapes.template_values import api_names, fitted, generated_name

Properties = dict[str, Any]

_PIPELINE = "AWS::CodePipeline::Pipeline"
_CONNECTIONS = ("AWS::CodeConnections::Connection", "AWS::CodeStarConnections::Connection")


class _Pipelines:
    def __init__(self, api: CodePipeline) -> None:
        self._api = api

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Create a pipeline; its name."""
        name = str(properties.get("Name") or generated_name(stack_name, logical_id, 100))
        tags = [{"key": each["Key"], "value": each["Value"]} for each in properties.get("Tags", ())]
        self._api.call("CreatePipeline", {"pipeline": _declaration(name, properties), "tags": tags})
        self._close(name, properties)
        return name, {"Version": "1"}

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        """Change the structure, and run it if the template says so."""
        del old, stack_name
        made = self._api.call("UpdatePipeline", {"pipeline": _declaration(physical_id, new)})
        self._close(physical_id, new)
        if str(new.get("RestartExecutionOnUpdate", "")).lower() == "true":
            self._api.call("StartPipelineExecution", {"name": physical_id})
        return physical_id, {"Version": str(made["pipeline"]["version"])}

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        del properties
        self._api.call("DeletePipeline", {"name": physical_id})

    def _close(self, name: str, properties: Properties) -> None:
        for each in properties.get("DisableInboundStageTransitions", ()):
            request = {"stageName": each["StageName"], "reason": each["Reason"], "transitionType": "Inbound"}
            self._api.call("DisableStageTransition", {"pipelineName": name, **request})


class _Connections:
    def __init__(self, api: CodeConnections) -> None:
        self._api = api

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Create a connection; its ARN."""
        del logical_id, stack_name
        arn = str(self._api.call("CreateConnection", properties)["ConnectionArn"])
        known = self._api.call("GetConnection", {"ConnectionArn": arn})["Connection"]
        return arn, {name: known[name] for name in ("ConnectionArn", "ConnectionStatus", "OwnerAccountId")}

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        """Change its tags."""
        del stack_name
        gone = [each["Key"] for each in old.get("Tags", ())]
        if gone:
            self._api.call("UntagResource", {"ResourceArn": physical_id, "TagKeys": gone})
        if new.get("Tags"):
            self._api.call("TagResource", {"ResourceArn": physical_id, "Tags": new["Tags"]})
        return physical_id, {"ConnectionArn": physical_id}

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        del properties
        try:
            self._api.call("DeleteConnection", {"ConnectionArn": physical_id})
        except ServiceError as error:
            if error.code != "ResourceNotFoundException":
                raise


def _declaration(name: str, properties: Properties) -> Properties:
    shape = service_model("codepipeline").operation_model("CreatePipeline").input_shape
    assert shape
    declared = shape.members["pipeline"]
    made: Properties = fitted(declared, api_names(declared, {**properties, "Name": name}))
    return made


def add_delivery_types(pipelines: CodePipeline, connections: CodeConnections) -> None:
    """Register the types."""
    for name, type_, replacing in (
        (_PIPELINE, _Pipelines(pipelines), ("Name",)),
        *((each, _Connections(connections), ("ConnectionName", "HostArn", "ProviderType")) for each in _CONNECTIONS),
    ):
        handlers = {"create": type_.create, "update": type_.update, "delete": type_.delete}
        add_resource_type(name, handlers, replacing=replacing, tags=("Tags", "list"))
    # git is asked for the branches.
    run_on_worker_thread([_PIPELINE])
