"""Runs of statements, each on a thread of its own, one at a time in a database."""

from __future__ import annotations

import contextvars
import json
import logging
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.ministack.scope import Scope
from emulator.services.athena.errors import QueryCancelled, QueryFailed
from emulator.services.athena.tables.objects import ObjectClient, QueryObjects
from emulator.services.redshift.databases import Database, Databases
from emulator.services.redshift.held import FINAL, KEPT_SECONDS, HeldWarehouses, Item, RedshiftRecords
from emulator.services.redshift.sql.failures import error_text
from emulator.services.redshift.sql.fields import described, fields
from emulator.services.redshift.sql.parameters import filled
from emulator.services.redshift.sql.session import Session
from emulator.services.redshift.sql.statements import StatementOutcome, carry_out

logger = logging.getLogger("emulator.redshift")

Publish = Callable[[Scope, str, str, Sequence[str]], None]


@dataclass
class _Run:
    """What is under way."""

    ended: threading.Event = field(default_factory=threading.Event)
    cancelled: bool = False
    session: Any = None


class StatementRuns:
    """Carries statements out.

    Args:
        records: What Redshift Serverless holds.
        databases: What its namespaces hold.
        s3: A client.
        state: Where results are kept, and copies of objects while a statement runs.
        publish: Publishes an event.
    """

    def __init__(
        self, records: RedshiftRecords, databases: Databases, s3: ObjectClient, state: Path, publish: Publish
    ) -> None:
        self._records = records
        self._databases = databases
        self._s3 = s3
        self._state = state
        self._publish = publish
        self._runs: dict[str, _Run] = {}
        shutil.rmtree(state / "work", ignore_errors=True)
        for file in (state / "results").glob("*.json"):
            if time.time() - file.stat().st_mtime > KEPT_SECONDS:
                file.unlink()

    def start(self, group: Item, request: Mapping[str, Any], sqls: Sequence[str], *, batch: bool) -> str:
        """Start statements in a session that they share; the identifier of all of them."""
        identifier, held = str(uuid.uuid4()), self._records.here()
        began = time.time()
        common = {"CreatedAt": began, "UpdatedAt": began, "Status": "SUBMITTED", "HasResultSet": False}
        counted = {"Duration": -1, "ResultRows": -1, "ResultSize": -1, "RedshiftQueryId": 0, "RedshiftPid": 0}
        statement: Item = {
            **common,
            **counted,
            "Id": identifier,
            "Database": request.get("Database"),
            "IsBatchStatement": batch,
            "QueryParameters": request.get("Parameters"),
            "ResultFormat": request.get("ResultFormat", "JSON"),
            "SecretArn": request.get("SecretArn"),
            "StatementName": request.get("StatementName"),
            "WorkgroupName": group["workgroupName"],
            **({"QueryStrings": [*sqls]} if batch else {"QueryString": sqls[0]}),
        }
        if batch:
            kept = {name: value for name, value in counted.items() if name != "RedshiftPid"}
            statement["SubStatements"] = [
                {**common, **kept, "Id": f"{identifier}:{number}", "QueryString": sql}
                for number, sql in enumerate(sqls, start=1)
            ]
            statement["ExecutionMode"] = request.get("ExecutionMode", "TRANSACTION")
        with self._records.lock:
            space = held.namespace(group["namespaceName"])
            held.statements[identifier] = statement
            self._runs[identifier] = _Run()
        self._records.changed()
        run, work = contextvars.copy_context().run, (held, space, statement, bool(request.get("WithEvent")))
        threading.Thread(target=run, args=(self._run, *work), name=f"redshift-{identifier[:8]}", daemon=True).start()
        return identifier

    def wait(self, identifier: str, seconds: float) -> None:
        """Wait for the end, for so long at most."""
        run = self._runs.get(identifier)
        if run and seconds:
            run.ended.wait(seconds)

    def cancel(self, identifier: str) -> bool:
        """Let a statement end as `ABORTED`; whether it still ran."""
        run = self._runs.get(identifier.partition(":")[0])
        if run is None or run.ended.is_set():
            return False
        run.cancelled = True
        if run.session is not None:
            run.session.interrupt()
        return True

    def result(self, identifier: str) -> Item:
        """The rows of a statement, and its columns."""
        found: Item = json.loads(self._file(identifier).read_text())
        return found

    def _file(self, identifier: str) -> Path:
        return self._state / "results" / f"{identifier.replace(':', '-')}.json"

    def _run(self, held: HeldWarehouses, space: Item, statement: Item, with_event: bool) -> None:
        run = self._runs[statement["Id"]]
        began = time.monotonic_ns()
        parts: Sequence[Item] = statement.get("SubStatements") or [statement]
        state, error = "FINISHED", ""
        database: Database | None = None
        try:
            if statement["Database"] != space["dbName"]:
                raise QueryFailed(f'FATAL: database "{statement["Database"]}" does not exist')
            database = self._databases.of(space["namespaceId"], space["dbName"])
            self._change(statement, "PICKED")
            with database.lock:
                self._carry_out(held, space, statement, parts, database, run)
        except QueryCancelled as reason:
            state, error = "ABORTED", str(reason)
        except QueryFailed as reason:
            state, error = "FAILED", str(reason)
        except Exception as reason:
            logger.exception("statement %s", statement["Id"])
            state, error = "FAILED", error_text(reason)
        for part in parts:
            if part is not statement and part["Status"] not in FINAL:
                self._change(part, "ABORTED")
        self._change(
            statement,
            state,
            Duration=time.monotonic_ns() - began,
            HasResultSet=any(part["HasResultSet"] for part in parts),
            ResultRows=parts[-1]["ResultRows"],
            **({"Error": error} if error else {}),
        )
        self._records.changed()
        if with_event:
            self._tell(held, space, statement)
        run.ended.set()

    def _carry_out(
        self, held: HeldWarehouses, space: Item, statement: Item, parts: Sequence[Item], database: Database, run: _Run
    ) -> None:
        folder = self._state / "work" / statement["Id"]
        folder.mkdir(parents=True, exist_ok=True)
        schemas = dict(held.schemas.get(space["namespaceId"], {}))
        session = Session(database.session(), QueryObjects(self._s3, folder), space, schemas)
        run.session = session
        if statement is not parts[0]:
            self._change(statement, "STARTED")
        together = statement.get("ExecutionMode") == "TRANSACTION"
        try:
            if together:
                session.execute("BEGIN")
            for part in parts:
                self._one(statement, part, session, run)
                if not together:
                    self._keep_schemas(held, space, schemas)
            if together:
                session.execute("COMMIT")
                self._keep_schemas(held, space, schemas)
        finally:
            session.close()
            shutil.rmtree(folder, ignore_errors=True)

    def _one(self, statement: Item, part: Item, session: Session, run: _Run) -> None:
        if run.cancelled:
            raise QueryCancelled("Query cancelled on user's request")
        began = time.monotonic_ns()
        self._change(part, "STARTED")
        try:
            sql = filled(part["QueryString"], statement.get("QueryParameters") or ())
            answer = carry_out(session, sql)
        except QueryFailed as error:
            if run.cancelled:
                raise QueryCancelled("Query cancelled on user's request") from error
            if part is not statement:
                self._change(part, "FAILED", Error=str(error))
            raise
        self._keep(part, answer)
        if part is not statement:
            self._change(part, "FINISHED", Duration=time.monotonic_ns() - began)

    def _keep(self, part: Item, answer: StatementOutcome) -> None:
        part["ResultRows"] = len(answer.rows) if answer.kinds else answer.changed
        part["HasResultSet"] = bool(answer.kinds)
        if answer.kinds:
            result = {
                "ColumnMetadata": described(answer.names, answer.kinds),
                "Records": [fields(row, answer.kinds) for row in answer.rows],
            }
            file = self._file(part["Id"])
            file.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(result)
            file.write_text(text)
            part["ResultSize"] = len(text)

    def _change(self, item: Item, status: str, **more: Any) -> None:
        with self._records.lock:
            item.update(Status=status, UpdatedAt=time.time(), **more)

    def _keep_schemas(self, held: HeldWarehouses, space: Item, schemas: dict[str, str]) -> None:
        with self._records.lock:
            held.schemas[space["namespaceId"]] = dict(schemas)

    def _tell(self, held: HeldWarehouses, space: Item, statement: Item) -> None:
        detail = {
            "principal": f"arn:aws:iam::{held.scope.account}:root",
            "statementName": statement.get("StatementName") or "",
            "statementId": statement["Id"],
            "redshiftQueryId": str(statement["RedshiftQueryId"]),
            "state": statement["Status"],
            "rows": statement["ResultRows"],
            "expireAt": int(statement["CreatedAt"] + 24 * 3600),
            "database": space["dbName"],
            "workgroup": statement["WorkgroupName"],
        }
        self._publish(held.scope, "Redshift Data Statement Status Change", json.dumps(detail), [])
