"""The record of a request, checked against its group."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator.sagemaker.features.groups import Feature, Group
from emulator.shapes.errors import ServiceError

Value = str | list[str]
"""A value as the API writes it: text, or texts of a collection."""

_MOST_BYTES = 350 * 1024
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
_FORMS = "yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ"


@dataclass(frozen=True)
class Given:
    """A record that fits its group.

    Args:
        identifier: What identifies it.
        event_time: Time of the event, as it was given.
        moment: The same in seconds since the epoch.
        values: All its values by feature.
    """

    identifier: str
    event_time: str
    moment: float
    values: Mapping[str, Value]


def invalid(message: str) -> ServiceError:
    """The error for a request that does not fit its group."""
    return ServiceError("ValidationError", f"Validation Error: {message}")


def read_record(group: Group, record: Sequence[Mapping[str, Any]]) -> Given:
    """Check a whole record; raises ServiceError with every fault."""
    values = read_values(group, record)
    for name in (group.identifier, group.event_time):
        if not values.get(name):
            raise invalid(f"the record has no value for the feature [{name}], which every record must have.")
    event_time = str(values[group.event_time])
    return Given(str(values[group.identifier]), event_time, read_time(group, event_time), values)


def read_values(group: Group, record: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
    """Check the values of a record that need not be whole; raises ServiceError with every fault."""
    features, values, found = group.features, dict[str, Value](), list[str]()
    known_names(group, (each["FeatureName"] for each in record))
    for each in record:
        name, value = each["FeatureName"], each.get("ValueAsString")
        texts: list[str] | None = each.get("ValueAsStringList")
        if name in values:
            found.append(f"the feature [{name}] occurs twice.")
        elif features[name].collection:
            found += _of_collection(features[name], texts, value)
            values[name] = texts or []
        elif texts is not None:
            found.append(f"the feature [{name}] is no collection and takes ValueAsString.")
        elif value is not None:
            found += _of_type(features[name], value)
            values[name] = value
    size = sum(len(name.encode()) + _size(value) for name, value in values.items())
    if size > _MOST_BYTES:
        found.append(f"the record has {size} bytes and must have {_MOST_BYTES} at most.")
    if found:
        raise invalid(" ".join(found))
    return values


def known_names(group: Group, names: Iterable[str]) -> None:
    """Raise ServiceError for names that are no features of the group."""
    unknown = [each for each in names if each not in group.features]
    if unknown:
        raise invalid(f"the feature group [{group.name}] has no features {unknown}.")


def read_time(group: Group, text: str) -> float:
    """The time of an event in seconds since the epoch; raises ServiceError for a text that is none."""
    try:
        if group.features[group.event_time].kind == "Fractional":
            moment = float(text)
            datetime.fromtimestamp(moment, UTC)
            return moment
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        pass
    wanted = "seconds since the epoch" if group.features[group.event_time].kind == "Fractional" else _FORMS
    raise invalid(f"the event time [{group.event_time}] must have the form {wanted}, got: [{text}].")


def _size(value: Value) -> int:
    return len(value.encode()) if isinstance(value, str) else sum(len(each.encode()) for each in value)


def _of_collection(feature: Feature, texts: list[str] | None, value: str | None) -> Iterable[str]:
    if texts is None or value is not None:
        yield f"the feature [{feature.name}] is a {feature.collection} and takes ValueAsStringList."
        return
    if feature.collection == "Vector" and len(texts) != feature.dimension:
        yield f"the vector [{feature.name}] must have {feature.dimension} values, got: {len(texts)}."
    if feature.collection == "Set" and len(set(texts)) != len(texts):
        yield f"the set [{feature.name}] must not hold a value twice."
    for text in texts:
        yield from _of_type(feature, text)


def _of_type(feature: Feature, text: str) -> Iterable[str]:
    try:
        if feature.kind == "Integral":
            right = re.fullmatch(r"[+-]?\d+", text) is not None and -(2**63) <= int(text) < 2**63
        else:
            right = feature.kind == "String" or (text.strip() == text and not math.isnan(float(text)))
    except ValueError:
        right = False
    if not right:
        yield f"the feature [{feature.name}] must be {feature.kind}, got: [{text}]."
