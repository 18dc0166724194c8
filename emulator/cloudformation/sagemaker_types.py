"""`AWS::SageMaker::*`: the resource schemas mapped onto the emulated API."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from emulator.sagemaker.api.control_plane import SageMakerApi
from emulator.sagemaker.api.kinds import CHANGEABLE_WHEN, GROWING, Kind
from emulator.sagemaker.api.records import Record
from emulator.sagemaker.api.rendering import render
from emulator.sagemaker.api.tagging import as_list
from emulator.shapes.aws_rules import MONITORING_TYPES
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import Shape, service_model
from emulator.shapes.template_values import api_tags, fitted, generated_name

logger = logging.getLogger("emulator.cloudformation")

_UPDATE_ONLY = ("RetainAllVariantProperties", "ExcludeRetainedVariantProperties", "RetainDeploymentConfig")

Properties = dict[str, Any]


def _pipeline(properties: Properties) -> Properties:
    definition = properties.pop("PipelineDefinition", {})
    body, location = definition.get("PipelineDefinitionBody"), definition.get("PipelineDefinitionS3Location")
    given = {"PipelineDefinition": body} if body else {"PipelineDefinitionS3Location": _location(location or {})}
    return {"ClientRequestToken": uuid.uuid4().hex, **properties, **given}


def _location(location: Properties) -> Properties:
    names = {"Key": "ObjectKey", "Version": "VersionId"}
    return {names.get(name, name): value for name, value in location.items()}


def _workteam(properties: Properties) -> Properties:
    names = {"CognitoClientId": "ClientId", "CognitoUserGroup": "UserGroup", "CognitoUserPool": "UserPool"}
    members: list[Properties] = []
    for member in properties.get("MemberDefinitions", []):
        cognito = member.get("CognitoMemberDefinition")
        members.append(
            {"CognitoMemberDefinition": {names.get(name, name): value for name, value in cognito.items()}}
            if cognito
            else member
        )
    return {"Description": "-", **properties, "MemberDefinitions": members}


def _model_package(properties: Properties) -> Properties:
    """A version of a group without the tags that CloudFormation adds by itself, for which it would be refused."""
    if "ModelPackageGroupName" not in properties:
        return properties
    given: list[Properties] = properties.pop("Tags", None) or []
    own = [tag for tag in given if not str(tag["Key"]).startswith("aws:")]
    return {**properties, "Tags": own} if own else properties


def _monitoring(properties: Properties) -> Properties:
    """The same, where Parquet is a structure and not a boolean."""
    for name, value in properties.items():
        if name == "DatasetFormat" and isinstance(value, dict) and "Parquet" in value:
            properties[name] = {"Parquet": {}}
        listed: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [value]
        for each in listed:
            if isinstance(each, dict):
                _monitoring(cast(Properties, each))
    return properties


ADAPTED: Mapping[str, Callable[[Properties], Properties]] = {
    **{f"{each}JobDefinition": _monitoring for each in MONITORING_TYPES},
    "ModelPackage": _model_package,
    "MonitoringSchedule": _monitoring,
    "Pipeline": _pipeline,
    "Workteam": _workteam,
}
"""Kinds whose properties are called otherwise in the API."""


class SageMakerType:
    """Handlers of one type.

    Args:
        kind: The kind of resource.
        schema: Identifier, read-only and create-only properties, as JSON pointers.
        api: The control plane.
    """

    def __init__(self, kind: Kind, schema: Mapping[str, list[str]], api: SageMakerApi) -> None:
        self.kind = kind
        self.api = api
        self.identifier = [_last(pointer) for pointer in schema["primaryIdentifier"]]
        self.read_only = _top_level(schema.get("readOnlyProperties", []))
        self.create_only = _top_level(schema.get("createOnlyProperties", []))
        self.nested_create_only = [
            pointer.split("/")[2:] for pointer in schema.get("createOnlyProperties", []) if pointer.count("/") > 2
        ]
        self._create_shape = input_shape("Create", kind)

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Create the resource, under a generated name when the template gives none."""
        request = self._request(self._create_shape, properties)
        name = self.kind.identity[-1]
        if name in self._create_shape.members and name not in request:
            longest = int(self._create_shape.members[name].metadata.get("max") or 63)
            request[name] = generated_name(stack_name, logical_id, min(longest, 63))
        self.api.call(f"Create{self.kind.name}", request)
        record = self._just_made(request)
        return self._physical_id(record), self._attributes(record, properties)

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        """Update in place what the API can update; the rest is recorded."""
        del stack_name
        record = self._found(physical_id)
        operation = f"Update{self.kind.name}"
        changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
        if operation in service_model("sagemaker").operation_names and changed - {"Tags"}:
            shape = input_shape("Update", self.kind)
            request = {
                name: value
                for name, value in self._request(shape, new).items()
                if name in {*changed, *_UPDATE_ONLY, "DeploymentConfig"}
                or name in shape.required_members
                or name.startswith("PipelineDefinition")
            }
            request |= self._grown(old, new)
            self._while_stopped(
                record,
                lambda: self.api.call(operation, {**request, **self.api.naming_request("Update", self.kind, record)}),
            )
        else:
            record.request.update(self._request(self._create_shape, {name: new.get(name) for name in changed}))
        if "Tags" in changed:
            record.tags.clear()
            record.tags.update({tag["Key"]: tag["Value"] for tag in api_tags(new.get("Tags"))})
        self.api.records.touched(record)
        return physical_id, self._attributes(record, new)

    def _grown(self, old: Properties, new: Properties) -> Properties:
        """What is new in a list that can only grow; raises ServiceError for what is gone or changed."""
        if self.kind.name not in GROWING:
            return {}
        listed, additions, name = GROWING[self.kind.name]
        before, after = ({each[name]: each for each in properties.get(listed, [])} for properties in (old, new))
        if other := [each for each in before if before[each] != after.get(each)]:
            raise ServiceError("ValidationException", f"{listed} can only be added to: {', '.join(other)} changed.")
        added = [each for each in after if each not in before]
        return {additions: [after[each] for each in added]} if added else {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete the resource; one that is gone already is no error."""
        del properties
        record = self.api.records.find(self.kind.name, self._key(physical_id))
        if record is None:
            return
        operation = f"Delete{self.kind.name}"
        if operation not in service_model("sagemaker").operation_names:
            self.api.records.remove(record)
            return
        self._stop(record)
        self.api.call(operation, self.api.naming_request("Delete", self.kind, record))

    def replaces(self, old: Properties, new: Properties) -> bool:
        """Whether a change within a property replaces the resource."""
        return any(_within(old, path) != _within(new, path) for path in self.nested_create_only)

    def exists(self, physical_id: str) -> bool:
        """Whether the resource is there."""
        return self.api.records.find(self.kind.name, self._key(physical_id)) is not None

    def adopt(self, identifier: Mapping[str, str]) -> tuple[str, Properties]:
        """Take over what was made without CloudFormation; raises ServiceError where it does not exist."""
        physical_id = "|".join(identifier[name] for name in self.identifier)
        return physical_id, self._attributes(self._found(physical_id), {})

    def read(self, physical_id: str, properties: Properties) -> Properties | None:
        """Current values of the template's properties, for drift detection; None when the resource is gone.

        A value that means the same as the template's is given as the template writes it.
        """
        record = self.api.records.find(self.kind.name, self._key(physical_id))
        if record is None:
            return None
        wanted = self._request(self._create_shape, properties)
        current: Properties = {"Tags": as_list(record.tags)}
        for name in set(wanted) & set(properties) - {"Tags"}:
            live = record.outcome.get(name, record.request.get(name))
            current[name] = properties[name] if _means(wanted[name], live) else live
        return current

    @property
    def compared(self) -> list[str]:
        """Properties that the API has too."""
        return list(self._create_shape.members)

    def _request(self, shape: Shape, properties: Mapping[str, Any]) -> Properties:
        adapt = ADAPTED.get(self.kind.name)
        dropped: list[str] = []
        request: Properties = fitted(shape, adapt(dict(properties)) if adapt else properties, dropped)
        unknown = sorted(set(dropped) - set(_UPDATE_ONLY) - set(self.create_only) - {"Tags"})
        if unknown:
            logger.warning("AWS::SageMaker::%s: the API does not take %s; left out", self.kind.name, unknown)
        if request.get("Tags"):
            request["Tags"] = api_tags(request["Tags"])
        return request

    def _just_made(self, request: Properties) -> Record:
        """The record that Create made: by its name, or the youngest where the service draws the name."""
        named = self.api.records.find(self.kind.name, self.kind.key(request))
        return named or max(self.api.records.of_kind(self.kind.name), key=lambda record: record.created)

    def _key(self, physical_id: str) -> str:
        parts = dict(zip(self.identifier, physical_id.split("|"), strict=False))
        if len(self.identifier) > 1:
            return self.kind.key(parts)
        return self.kind.key({self.kind.identity[-1]: physical_id}) if physical_id.startswith("arn:") else physical_id

    def _found(self, physical_id: str) -> Record:
        record = self.api.records.find(self.kind.name, self._key(physical_id))
        if record is None:
            raise ServiceError("NotFound", f"{self.kind.label} {physical_id} does not exist.")
        return record

    def _physical_id(self, record: Record) -> str:
        known = {**record.request, **record.outcome}
        return "|".join(str(known.get(name) or record.arn) for name in self.identifier)

    def _attributes(self, record: Record, properties: Properties) -> Properties:
        described = render(
            self.kind, record, service_model("sagemaker").operation_model(f"Describe{self.kind.name}").output_shape
        )
        known = {**properties, **described, **{name: record.outcome[name] for name in record.outcome}}
        attributes = {name: value for name, value in known.items() if isinstance(value, str | int | float)}
        for name in (*self.kind.identity, *self.read_only):
            value = record.request.get(name) or record.outcome.get(name)
            attributes.setdefault(name, value or (record.arn if name.endswith("Arn") else ""))
        attributes.setdefault(f"{self.kind.name}Arn", record.arn)
        return attributes

    def _stop(self, record: Record) -> bool:
        allowed = CHANGEABLE_WHEN.get(self.kind.name)
        if not allowed or record.outcome.get(self.kind.status_member) in allowed:
            return False
        self.api.call(f"Stop{self.kind.name}", self.api.naming_request("Stop", self.kind, record))
        return True

    def _while_stopped(self, record: Record, change: Callable[[], Any]) -> None:
        """Make a change that the service only takes while the resource is stopped, as CloudFormation does."""
        stopped = self._stop(record)
        change()
        if stopped:
            self.api.call(f"Start{self.kind.name}", self.api.naming_request("Start", self.kind, record))


def _within(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = cast("Mapping[str, Any]", value).get(name) if isinstance(value, Mapping) else None
    return value


def _means(wanted: Any, live: Any) -> bool:
    """Whether a value is the wanted one, whatever the service has added to it."""
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        given, found = cast(Mapping[str, Any], wanted), cast(Mapping[str, Any], live)
        return all(name in found and _means(value, found[name]) for name, value in given.items())
    return wanted == live


def _top_level(pointers: list[str]) -> list[str]:
    return [_last(pointer) for pointer in pointers if pointer.count("/") == 2]


def _last(pointer: str) -> str:
    return pointer.split("/")[-1]


def input_shape(verb: str, kind: Kind) -> Shape:
    """What a verb of a kind takes."""
    shape = service_model("sagemaker").operation_model(f"{verb}{kind.name}").input_shape
    if shape is None:
        raise TypeError(f"{verb}{kind.name} takes no input")
    return shape
