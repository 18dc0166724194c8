"""What Redshift Serverless holds: namespaces, workgroups, snapshots and statements, by account and region."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from emulator.ministack.scope import Scope
from emulator.ministack.state_copies import StateLock
from emulator.shapes.errors import ServiceError

Item = dict[str, Any]

KEPT_SECONDS = 24 * 3600
FINAL = ("FINISHED", "FAILED", "ABORTED")


@dataclass
class HeldWarehouses:
    """What one account has in one region.

    Args:
        scope: Account and region.
        namespaces: Namespaces by name, as GetNamespace shows them.
        workgroups: Workgroups by name, as GetWorkgroup shows them.
        snapshots: Snapshots by name, as GetSnapshot shows them.
        tags: Tags by ARN.
        schemas: The database of Glue behind each external schema, by the identifier of the namespace.
        statements: Statements of the Data API by identifier, the oldest first.
    """

    scope: Scope
    namespaces: dict[str, Item] = field(default_factory=dict[str, Item])
    workgroups: dict[str, Item] = field(default_factory=dict[str, Item])
    snapshots: dict[str, Item] = field(default_factory=dict[str, Item])
    tags: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    schemas: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    statements: dict[str, Item] = field(default_factory=dict[str, Item])

    def arn(self, resource: str) -> str:
        """The ARN of something of Redshift Serverless here."""
        return f"arn:aws:redshift-serverless:{self.scope.region}:{self.scope.account}:{resource}"

    def namespace(self, name: str) -> Item:
        """A namespace; raises ServiceError."""
        return _found(self.namespaces, name, "Namespace")

    def workgroup(self, named: str) -> Item:
        """A workgroup, by name or ARN; raises ServiceError."""
        by_arn = next((each for each in self.workgroups.values() if each["workgroupArn"] == named), None)
        return by_arn or _found(self.workgroups, named, "Workgroup")

    def snapshot(self, name: str) -> Item:
        """A snapshot; raises ServiceError."""
        return _found(self.snapshots, name, "Snapshot")


class RedshiftRecords:
    """All that is held, everywhere. Take `lock` for whatever reads or changes it.

    Args:
        current_scope: Account and region of the request being served.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, current_scope: Callable[[], Scope], changed: Callable[[], None]) -> None:
        self.lock = StateLock()
        self.changed = changed
        self._current_scope = current_scope
        self._held: dict[Scope, HeldWarehouses] = {}

    def here(self) -> HeldWarehouses:
        """What the caller's account has in the region of the request."""
        scope = self._current_scope()
        with self.lock:
            return self._held.setdefault(scope, HeldWarehouses(scope))

    def get_state(self) -> dict[str, Any]:
        """What is saved."""
        with self.lock:
            return {"held": [asdict(each) for each in self._held.values()]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what was saved; what ran then has ended."""
        for saved in state["held"]:
            scope = Scope(**saved.pop("scope"))
            self._held[scope] = held = HeldWarehouses(scope, **saved)
            held.statements = {
                name: each for name, each in held.statements.items() if time.time() - each["CreatedAt"] < KEPT_SECONDS
            }
            for statement in held.statements.values():
                if statement["Status"] not in FINAL:
                    statement.update(Status="FAILED", Error="The emulator ended while this statement ran.")


def now() -> str:
    """The time, as Redshift Serverless writes it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def missing(kind: str, name: str) -> ServiceError:
    """What is answered to a name that nothing has."""
    return ServiceError("ResourceNotFoundException", f"{kind} {name} not found.", details={"resourceName": name})


def conflict(message: str) -> ServiceError:
    """What is answered when something is in the way."""
    return ServiceError("ConflictException", message)


def invalid(message: str) -> ServiceError:
    """What is answered to a request that does not fit."""
    return ServiceError("ValidationException", message)


def _found(items: Mapping[str, Item], name: str, kind: str) -> Item:
    if name not in items:
        raise missing(kind, name)
    return items[name]
