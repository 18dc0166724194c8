"""The feature group, as records are written to it."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lambdas.feature_ingestion.schema import FeatureRecord, GroupSchema

_MOST_AT_ONCE = 25
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 5.0
_REFUSED = "ValidationError"


class ServiceApi(Protocol):
    """The calls of a service that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The code of an error that the service answered with."""
        ...


@dataclass(frozen=True)
class Written:
    """What became of records, by their identifiers: ``refused`` with the reason, ``left`` to be tried again later."""

    refused: Mapping[str, str]
    left: frozenset[str]


class FeatureStore:
    """Writes to ``group`` until ``enough`` says that the time is nearly over."""

    def __init__(
        self,
        group: str,
        *,
        runtime: ServiceApi,
        sagemaker: ServiceApi,
        enough: Callable[[], bool],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._group = group
        self._runtime = runtime
        self._sagemaker = sagemaker
        self._enough = enough
        self._sleep = sleep

    def schema(self) -> GroupSchema:
        """The features that the group has by now."""
        pages = [self._sagemaker.call("describe_feature_group", FeatureGroupName=self._group)]
        while pages[-1].get("NextToken"):
            token = pages[-1]["NextToken"]
            pages.append(
                self._sagemaker.call("describe_feature_group", FeatureGroupName=self._group, NextToken=token)
            )
        return GroupSchema.of_pages(pages)

    def write(self, records: Sequence[FeatureRecord]) -> Written:
        """Write records with different identifiers; those that come back unprocessed are tried again, more slowly."""
        refused: dict[str, str] = {}
        left: set[str] = set()
        for start in range(0, len(records), _MOST_AT_ONCE):
            pending = {each.identifier: each for each in records[start : start + _MOST_AT_ONCE]}
            for pause in _pauses():
                answer = self._attempt(list(pending.values()))
                refused |= answer.refused
                pending = {name: each for name, each in pending.items() if name in answer.left}
                if not pending or self._enough():
                    break
                self._sleep(pause)
            left |= pending.keys()
        return Written(refused, frozenset(left))

    def _attempt(self, records: Sequence[FeatureRecord]) -> Written:
        everything = frozenset(each.identifier for each in records)
        entries: list[dict[str, Any]] = [
            {"FeatureGroupName": self._group, "Record": [*each.values]} for each in records
        ]
        try:
            answer = self._runtime.call("batch_write_record", Entries=entries)
        except AttributeError:
            # Lambda brings an SDK of its own, which may be of before June 2026.
            return self._one_by_one(records)
        except Exception as error:
            if self._runtime.code_of(error) != _REFUSED:
                print(f"{len(records)} records are tried again: {error}")
                return Written({}, everything)
            if len(records) == 1:
                return Written({records[0].identifier: str(error)}, frozenset())
            parts = [self._attempt([each]) for each in records]
            reasons = {name: reason for part in parts for name, reason in part.refused.items()}
            return Written(reasons, frozenset(name for part in parts for name in part.left))
        by_record = {_key(entry["Record"]): each.identifier for entry, each in zip(entries, records, strict=True)}
        refused: dict[str, str] = {}
        left = {by_record[_key(entry["Record"])] for entry in answer.get("UnprocessedEntries", ())}
        for error in answer.get("Errors", ()):
            name = by_record[_key(error["Entry"]["Record"])]
            if error["ErrorCode"] == _REFUSED:
                refused[name] = error["ErrorMessage"]
            else:
                print(f"tried again: {error['ErrorCode']}: {error['ErrorMessage']}")
                left.add(name)
        return Written(refused, frozenset(left))

    def _one_by_one(self, records: Sequence[FeatureRecord]) -> Written:
        refused: dict[str, str] = {}
        left: set[str] = set()
        for each in records:
            try:
                self._runtime.call("put_record", FeatureGroupName=self._group, Record=[*each.values])
            except Exception as error:
                if self._runtime.code_of(error) == _REFUSED:
                    refused[each.identifier] = str(error)
                else:
                    print(f"tried again: {error}")
                    left.add(each.identifier)
        return Written(refused, frozenset(left))


def _key(record: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((each["FeatureName"], str(each.get("ValueAsString"))) for each in record))


def _pauses() -> Iterator[float]:
    """Pauses that grow, cut by chance, so that functions which were throttled together do not return together."""
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause * random.uniform(0.5, 1)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
