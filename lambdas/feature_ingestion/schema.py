"""What a feature group takes, and a message read as one of its records."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
_FORMS = "such as 2026-11-29T06:00:00Z or 2026-11-29T06:00:00.000Z"
_MOST_NAMED = 10


class RefusedRecordError(Exception):
    """A message that will never be a record of the group, however often it comes."""


@dataclass(frozen=True)
class FeatureRecord:
    """A record of the group: its identifier, the time of its event, and all values as the API takes them."""

    identifier: str
    event_time: str
    values: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class GroupSchema:
    """The features of a group: ``features`` has the type of each, ``collections`` those that are lists."""

    identifier: str
    event_time: str
    features: Mapping[str, str]
    collections: frozenset[str] = frozenset()

    @staticmethod
    def of_pages(pages: Sequence[Mapping[str, Any]]) -> "GroupSchema":
        """The schema in the answers of DescribeFeatureGroup."""
        definitions: list[Mapping[str, Any]] = [each for page in pages for each in page["FeatureDefinitions"]]
        return GroupSchema(
            pages[0]["RecordIdentifierFeatureName"],
            pages[0]["EventTimeFeatureName"],
            {each["FeatureName"]: each["FeatureType"] for each in definitions},
            frozenset(each["FeatureName"] for each in definitions if each.get("CollectionType")),
        )

    def knows(self, body: bytes) -> bool:
        """Whether all names in a message are features; a group may have grown since it was described."""
        try:
            return _object(body).keys() <= self.features.keys()
        except RefusedRecordError:
            return True

    def record(self, body: bytes, *, drop_others: bool = False) -> FeatureRecord:
        """The record in a message, a JSON object with a value for each feature; null is no value.

        Raises ``RefusedRecordError`` with all that is wrong. ``drop_others`` leaves out what is no feature.
        """
        given = {name: value for name, value in _object(body).items() if value is not None}
        unknown = [name for name in given if name not in self.features]
        problems = [] if drop_others or not unknown else [f"no features of the group: {_listed(unknown)}"]
        values: list[Mapping[str, Any]] = []
        for name, kind in self.features.items():
            if name not in given:
                problems += [f"{name} is required"] if name in (self.identifier, self.event_time) else []
                continue
            try:
                values.append(self._value(name, kind, given[name]))
            except ValueError:
                problems.append(f"{name} must be {self._wanted(name, kind)}, got: {_shown(given[name])}")
        if problems:
            raise RefusedRecordError("; ".join(problems))
        texts = {each["FeatureName"]: str(each.get("ValueAsString")) for each in values}
        return FeatureRecord(texts[self.identifier], texts[self.event_time], values)

    def _value(self, name: str, kind: str, value: object) -> Mapping[str, Any]:
        if name in self.collections:
            if not isinstance(value, list):
                raise ValueError
            return {"FeatureName": name, "ValueAsStringList": list(_texts(kind, cast(list[object], value)))}
        text = _text(kind, value)
        if name == self.identifier and not text:
            raise ValueError
        if name == self.event_time and kind == "String" and not _TIME.fullmatch(text):
            raise ValueError
        return {"FeatureName": name, "ValueAsString": text}

    def _wanted(self, name: str, kind: str) -> str:
        if name == self.event_time and kind == "String":
            return _FORMS
        words = {"String": "text", "Integral": "an integer of 64 bits", "Fractional": "a number"}[kind]
        return f"a list of {words}" if name in self.collections else words


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError as error:
        raise RefusedRecordError(f"no JSON: {error}") from error
    if not isinstance(given, dict):
        raise RefusedRecordError(f"no JSON object: {_shown(given)}")
    return cast(dict[str, Any], given)


def _texts(kind: str, values: Sequence[object]) -> Iterator[str]:
    for value in values:
        yield _text(kind, value)


def _text(kind: str, value: object) -> str:
    """A value as the API writes it; raises ``ValueError`` for one of another type."""
    if kind == "String":
        if isinstance(value, str):
            return value
    elif kind == "Integral":
        whole = isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"[+-]?\d+", value))
        if whole and -(2**63) <= int(cast(str, value)) < 2**63:
            return str(int(cast(str, value)))
    elif isinstance(value, int | float | str) and not isinstance(value, bool) and math.isfinite(float(value)):
        return str(value).strip()
    raise ValueError


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
