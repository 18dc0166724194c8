"""Records of a feature group, with values of their types."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

from jobs.clients import aws_client
from jobs.errors import JobError

Value = str | int | float
Record = Mapping[str, Value]
Item = TypeVar("Item")

_READ_AT_ONCE = 100
_WRITTEN_AT_ONCE = 25
_ATTEMPTS = 12
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 5.0
_REFUSED = "ValidationError"
_TYPES: Mapping[str, Callable[[str], Value]] = {"String": str, "Integral": int, "Fractional": float}


@dataclass(frozen=True)
class RefusedRecord:
    """A row that is no record of the group, its place among those that were given, and the reason."""

    place: int
    row: Mapping[str, Any]
    reason: str


@dataclass
class FeatureStore:
    """The feature group `group`, by name or ARN.

        features = FeatureStore("customers")
        features.get("c-1")                        # {"customer": "c-1", "calls": 3, "minutes": 0.5}, or None
        features.get_many(["c-1", "c-2"], ["calls"])
        refused = list(features.write([{"customer": "c-1", "at": "2026-11-29T06:00:00Z", "calls": 3}]))

    Values have the types of their features. It takes the rights of `grant_read_online` or `grant_ingest`.
    """

    group: str
    client: Callable[[str], Any] = aws_client
    sleep: Callable[[float], None] = time.sleep
    _written: int = field(default=0, init=False)

    @property
    def written(self) -> int:
        """How many records were written."""
        return self._written

    @cached_property
    def features(self) -> Mapping[str, str]:
        """The type of each feature."""
        found: dict[str, str] = {}
        asked: dict[str, str] = {"FeatureGroupName": self.group}
        sagemaker = self.client("sagemaker")
        while True:
            described = sagemaker.describe_feature_group(**asked)
            found |= {each["FeatureName"]: each["FeatureType"] for each in described["FeatureDefinitions"]}
            if not described.get("NextToken"):
                return found
            asked["NextToken"] = described["NextToken"]

    def get(self, identifier: str, names: Sequence[str] = ()) -> Record | None:
        """The newest record of an identifier, or the features `names` of it; None when there is none."""
        return self.get_many([identifier], names).get(identifier)

    def get_many(self, identifiers: Iterable[str], names: Sequence[str] = ()) -> Mapping[str, Record]:
        """The newest records by their identifiers, which those that are not there do not have.

        Raises JobError for what Feature Store refuses.
        """
        found: dict[str, Record] = {}
        wanted = {"FeatureNames": [*names]} if names else {}
        for part in _parts(dict.fromkeys(identifiers), _READ_AT_ONCE):
            pending = list(part)
            for pause in _pauses():
                asked = {"FeatureGroupName": self.group, "RecordIdentifiersValueAsString": pending, **wanted}
                answer = self._runtime.batch_get_record(Identifiers=[asked])
                for error in answer["Errors"]:
                    raise JobError(f"{error['RecordIdentifierValueAsString']}: {error['ErrorMessage']}")
                for each in answer["Records"]:
                    found[each["RecordIdentifierValueAsString"]] = self._typed(each["Record"])
                left = answer["UnprocessedIdentifiers"]
                pending = [name for each in left for name in each["RecordIdentifiersValueAsString"]]
                if not pending:
                    break
                self.sleep(pause)
            if pending:
                raise JobError(f"{len(pending)} records of {self.group} could not be read")
        return found

    def write(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[RefusedRecord]:
        """Write rows, and give those that Feature Store refuses; None, NaN and the empty text are no values.

        It writes as what it gives is taken. Raises JobError for rows that come back unprocessed too often.
        """
        for part in _parts(enumerate(rows), _WRITTEN_AT_ONCE):
            pending = dict(part)
            for pause in _pauses():
                refused, pending = self._attempt(pending)
                yield from refused
                if not pending:
                    break
                self.sleep(pause)
            if pending:
                raise JobError(f"{len(pending)} records of {self.group} could not be written: it is throttled")

    def write_frame(self, frame: Any) -> Iterator[RefusedRecord]:
        """Write the rows of a dataframe, as pandas and its kin have them."""
        names = [str(each) for each in frame.columns]
        return self.write(dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False, name=None))

    @cached_property
    def _runtime(self) -> Any:
        return self.client("sagemaker-featurestore-runtime")

    def _typed(self, record: Sequence[Mapping[str, Any]]) -> Record:
        return {each["FeatureName"]: self._read(each["FeatureName"], each["ValueAsString"]) for each in record}

    def _read(self, name: str, text: str) -> Value:
        return _TYPES[self.features[name]](text)

    def _attempt(
        self, rows: Mapping[int, Mapping[str, Any]]
    ) -> tuple[list[RefusedRecord], dict[int, Mapping[str, Any]]]:
        entries = [{"FeatureGroupName": self.group, "Record": self._record(row)} for row in rows.values()]
        places = list(rows)
        answer = self._runtime.batch_write_record(Entries=entries)
        refused: list[RefusedRecord] = []
        again: list[int] = []
        for error in answer["Errors"]:
            place = places.pop(_index(entries, error["Entry"]))
            if error["ErrorCode"] == _REFUSED:
                refused.append(RefusedRecord(place, rows[place], error["ErrorMessage"]))
            else:
                again.append(place)
        again += [places.pop(_index(entries, entry)) for entry in answer["UnprocessedEntries"]]
        self._written += len(places)
        return refused, {place: rows[place] for place in sorted(again)}

    def _record(self, row: Mapping[str, Any]) -> list[dict[str, str]]:
        return [
            {"FeatureName": name, "ValueAsString": _text(value, self.features.get(name, ""))}
            for name, value in row.items()
            if value is not None and value != "" and value == value
        ]


def _index(entries: list[Any], entry: Mapping[str, Any]) -> int:
    """The place of an entry, which is taken out with it."""
    place = next(place for place, each in enumerate(entries) if each["Record"] == entry["Record"])
    entries.pop(place)
    return place


def _text(value: object, kind: str) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if kind == "Integral" and isinstance(value, float) and value.is_integer():
        # A column of integers with gaps is one of floating-point numbers in a dataframe.
        return str(int(value))
    return str(value)


def _pauses() -> Iterator[float]:
    def growing() -> Iterator[float]:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            yield pause * random.uniform(0.5, 1)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    return islice(growing(), _ATTEMPTS)


def _parts(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    remaining = iter(items)
    while part := list(islice(remaining, size)):
        yield part
