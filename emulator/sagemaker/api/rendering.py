"""Turn a record into the body that an operation's output shape asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from emulator.sagemaker.api.kinds import DESCRIBED_AS, NESTED, OTHER_ARNS, Kind, kinds
from emulator.sagemaker.api.records import Record
from emulator.shapes.service_model import Shape, members_of

_CREATED = ("CreationTime", "CreateDate", "CreatedAt", "CreatedTime")
_MODIFIED = ("LastModifiedTime", "LastUpdatedDate", "LastModifiedAt", "LastUpdatedTime")


def name_of(kind: Kind, record: Record) -> str:
    """The resource's own name: the last part of its identity."""
    for member in reversed(kind.identity):
        value = record.outcome.get(member) or record.request.get(member)
        if value:
            return str(value)
    return record.key


def _known_value(kind: Kind, record: Record, name: str) -> Any:
    source = next((given for given, described in DESCRIBED_AS.get(kind.name, {}).items() if described == name), name)
    if name in record.outcome:
        return record.outcome[name]
    if source in record.request:
        return record.request[source]
    if name in (kind.arn_member, f"{kind.name}Arn", "Arn") and kind.arn_member:
        return record.arn
    if name in OTHER_ARNS.get(kind.name, {}):
        other, member = OTHER_ARNS[kind.name][name]
        value = record.request.get(member)
        return kinds()[other].arn(record.account, record.region, str(value)) if value else None
    if name in _CREATED:
        return record.created
    return record.modified if name in _MODIFIED else None


def _placeholder(kind: Kind, record: Record, name: str, shape: Shape) -> Any:
    if name.endswith("Arn"):
        return record.arn
    if name.endswith("Name"):
        return name_of(kind, record)
    if shape.type_name == "structure":
        return {member: value(kind, record, member, shape.members[member]) for member in shape.required_members}
    if shape.type_name == "timestamp":
        return record.created
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else ""
    empty: dict[str, Any] = {
        "list": [],
        "map": {},
        "boolean": False,
        "integer": 0,
        "long": 0,
        "float": 0.0,
        "double": 0.0,
    }
    return empty.get(shape.type_name)


def _summary(whole: Any, shape: Shape) -> dict[str, Any] | None:
    """The members of a structure that lists repeat; None where there is none."""
    if shape.type_name != "structure" or not isinstance(whole, Mapping):
        return None
    given = cast("Mapping[str, Any]", whole)
    return {name: given[name] for name in shape.members if name in given}


def value(kind: Kind, record: Record, name: str, shape: Shape) -> Any:
    """Value of a member that must be present: what is known, or an empty value of its type."""
    known = _known_value(kind, record, name)
    return _placeholder(kind, record, name, shape) if known is None else known


def render(kind: Kind, record: Record, shape: Shape | None) -> dict[str, Any]:
    """Body of a response about one resource; empty for operations that answer nothing."""
    nested = NESTED.get(kind.name)
    if nested and shape is not None and list(shape.members) == [nested]:
        return {nested: render(kind, record, shape.members[nested])}
    body: dict[str, Any] = {}
    members: Mapping[str, Shape] = members_of(shape)
    for name, member in members.items():
        known = _known_value(kind, record, name)
        if known is None and name.endswith("Summary"):
            known = _summary(record.request.get(name.removesuffix("Summary")), member)
        if known is not None:
            body[name] = known
        elif shape is not None and name in shape.required_members:
            body[name] = _placeholder(kind, record, name, member)
    return body
