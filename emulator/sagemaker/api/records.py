"""What SageMaker remembers: one record per resource, by account, region and kind."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from emulator.ministack.scope import Scope
from emulator.ministack.state_copies import StateLock, StoredList


@dataclass
class Record:
    """One resource.

    Args:
        kind: Kind such as `Endpoint`.
        key: Identity in lower case, as it ends the ARN.
        arn: The ARN.
        request: What Create and Update were given.
        outcome: What Describe answers beyond the request: identity, status, failure reason, times.
        tags: Tags by key.
        created: Creation time in seconds since the epoch.
        modified: Time of the last change, likewise.
        account: Owning account.
        region: Owning region.
    """

    kind: str
    key: str
    arn: str
    request: dict[str, Any]
    outcome: dict[str, Any]
    tags: dict[str, str]
    account: str
    region: str
    created: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)


class Records:
    """All records; safe to use from several threads.

    Args:
        scope: Says whose records the current request sees.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, scope: Callable[[], Scope], changed: Callable[[], None]) -> None:
        self.scope = scope
        self.lock = StateLock()
        self._changed = changed
        self._records: dict[tuple[str, str, str, str], Record] = {}

    def _address(self, kind: str, key: str) -> tuple[str, str, str, str]:
        scope = self.scope()
        return scope.account, scope.region, kind, key.lower()

    def find(self, kind: str, key: str) -> Record | None:
        """Return the record of a kind by its key, in the current scope."""
        return self._records.get(self._address(kind, key))

    def of_kind(self, kind: str) -> list[Record]:
        """All records of a kind in the current scope, oldest first."""
        scope = self.scope()
        with self.lock:
            return [
                record
                for address, record in self._records.items()
                if address[:3] == (scope.account, scope.region, kind)
            ]

    def everywhere(self) -> Iterator[Record]:
        """All records of all scopes."""
        with self.lock:
            return iter(list(self._records.values()))

    def by_arn(self, arn: str) -> Record | None:
        """Return the record that an ARN names, in any scope; case does not matter, as in SageMaker."""
        return next((record for record in self.everywhere() if record.arn.lower() == arn.lower()), None)

    def add(self, record: Record) -> None:
        """Add a record under its own scope."""
        with self.lock:
            self._records[record.account, record.region, record.kind, record.key] = record
        self._changed()

    def remove(self, record: Record) -> None:
        """Forget a record; nothing happens when it is gone already."""
        with self.lock:
            self._records.pop((record.account, record.region, record.kind, record.key), None)
        self._changed()

    def exists(self, record: Record) -> bool:
        """Whether this very record is still the one on file, and not a later one of the same name."""
        return self._records.get((record.account, record.region, record.kind, record.key)) is record

    def change(self, record: Record, **outcome: Any) -> None:
        """Set members of a record's outcome; a None removes the member."""
        with self.lock:
            for name, value in outcome.items():
                if value is None:
                    record.outcome.pop(name, None)
                else:
                    record.outcome[name] = value
            record.modified = time.time()
        self._changed()

    def touched(self, record: Record) -> None:
        """Say that a record was changed in place."""
        record.modified = time.time()
        self._changed()

    def get_state(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        with self.lock:
            return {"records": copy.deepcopy(StoredList(vars(record) for record in self._records.values()))}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `get_state` gave, at start."""
        for values in state.get("records", []):
            record = Record(**values)
            self._records[record.account, record.region, record.kind, record.key] = record
