"""List operations: filters, order and pages, read from the operation's own shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from emulator.sagemaker.api.kinds import Kind, kinds
from emulator.sagemaker.api.records import Record
from emulator.sagemaker.api.rendering import name_of, render
from emulator.shapes.pagination import page
from emulator.shapes.service_model import Operation, Shape, members_of, service_model

_CONTROLS = ("NextToken", "MaxResults", "SortBy", "SortOrder", "NameContains")
_TIMES = {
    "CreationTimeAfter": ("created", 1),
    "CreationTimeBefore": ("created", -1),
    "CreatedAfter": ("created", 1),
    "CreatedBefore": ("created", -1),
    "LastModifiedTimeAfter": ("modified", 1),
    "LastModifiedTimeBefore": ("modified", -1),
}


@lru_cache(maxsize=1)
def listed_kinds() -> Mapping[str, Kind]:
    """List operations that list a kind of resource, by operation name."""
    operations = set(service_model("sagemaker").operation_names)
    return {
        name: kind
        for kind in kinds().values()
        for name in (f"List{kind.name}s", f"List{kind.name[:-1]}ies", f"List{kind.name}es")
        if name in operations
    }


def _field(kind: Kind, record: Record, name: str) -> Any:
    if name == "Status" and kind.status_member:
        name = kind.status_member
    if name == "Name":
        return name_of(kind, record)
    return record.outcome.get(name, record.request.get(name))


def _described(kind: Kind) -> Mapping[str, Shape]:
    return members_of(service_model("sagemaker").operation_model(f"Describe{kind.name}").output_shape)


def _fits(kind: Kind, record: Record, filters: Mapping[str, Any]) -> bool:
    for name, wanted in filters.items():
        if name in _TIMES:
            attribute, direction = _TIMES[name]
            if (getattr(record, attribute) - float(wanted)) * direction < 0:
                return False
        elif name.endswith("Contains"):
            if str(wanted) not in str(_field(kind, record, name.removesuffix("Contains")) or ""):
                return False
        elif name not in _CONTROLS:
            held = _field(kind, record, name.removesuffix("Equals"))
            exact = name.endswith("Equals") or held is not None or name in _described(kind)
            if exact and str(held or "").split("/")[-1] != str(wanted).split("/")[-1]:
                return False
    return True


def _order(kind: Kind, record: Record, sort_by: str) -> list[Any]:
    keys = {
        "Name": name_of(kind, record),
        "LastModifiedTime": record.modified,
        "Status": record.outcome.get(kind.status_member, ""),
    }
    return [keys.get(sort_by, record.created), record.key]


def list_resources(operation: Operation, records: Sequence[Record], request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a List operation for the records of its kind."""
    kind = listed_kinds()[operation.name]
    name, shape = next(
        (name, shape) for name, shape in members_of(operation.output_shape).items() if shape.type_name == "list"
    )
    chosen = [record for record in records if _fits(kind, record, request)]
    sort_by = str(request.get("SortBy", "CreationTime"))
    default_order = "Ascending" if sort_by == "Name" else "Descending"
    descending = str(request.get("SortOrder", default_order)).startswith("Desc")
    rows = [
        (
            _order(kind, record, sort_by),
            render(kind, record, shape.member) if shape.member.type_name == "structure" else name_of(kind, record),
        )
        for record in chosen
    ]
    rows.sort(key=lambda row: row[0], reverse=descending)
    items, token = page(rows, request)
    return {name: items, **({"NextToken": token} if token else {})}
