"""The Data API: statements started, described, cancelled and listed, their results, and what the database has."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from emulator.services.athena.tables.objects import ObjectClient
from emulator.services.redshift import listings
from emulator.services.redshift.databases import Databases
from emulator.services.redshift.held import FINAL, KEPT_SECONDS, HeldWarehouses, Item, RedshiftRecords, invalid
from emulator.services.redshift.runs import Publish, StatementRuns
from emulator.services.redshift.sql.parameters import split_statements
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import members_of, service_model
from emulator.shapes.validation import validate

Request = Mapping[str, Any]

_MOST_ROWS = 1000


class DataApi:
    """Answers the operations of `redshift-data`.

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
        self._runs = StatementRuns(records, databases, s3, state, publish)
        self._databases = databases
        self._tokens: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()
        self._operations: Mapping[str, Callable[[Request], Item]] = {
            "ExecuteStatement": lambda request: self._start(request, [request["Sql"]], batch=False),
            "BatchExecuteStatement": lambda request: self._start(request, request["Sqls"], batch=True),
            "DescribeStatement": self._describe,
            "GetStatementResult": self._result,
            "GetStatementResultV2": self._result_as_asked,
            "CancelStatement": self._cancel,
            "ListStatements": self._list,
            "ListDatabases": self._list_databases,
            "ListSchemas": self._list_schemas,
            "ListTables": self._list_tables,
            "DescribeTable": self._describe_table,
        }

    def call(self, operation: str, request: Request) -> Item:
        """Answer an operation; raises ServiceError."""
        answer = self._operations.get(operation)
        if answer is None:
            raise invalid(f"The emulator does not support {operation} of the Data API.")
        shape = service_model("redshift-data").operation_model(operation)
        validate(shape.input_shape, request)
        shown = members_of(shape.output_shape)
        return {name: value for name, value in answer(request).items() if name in shown and value is not None}

    def _start(self, request: Request, sqls: Sequence[str], *, batch: bool) -> Item:
        if request.get("SessionId") or request.get("SessionKeepAliveSeconds"):
            raise invalid("The emulator keeps no sessions: what is to share one goes into BatchExecuteStatement.")
        group = self._group(request)
        if not request.get("Database"):
            raise invalid("Database must be specified, where there is no session.")
        for sql in sqls:
            if len(split_statements(sql)) != 1:
                raise invalid("Only single SQL statements are supported.")
        token = (group["workgroupName"], str(request.get("ClientToken") or uuid.uuid4()))
        with self._lock:
            if token not in self._tokens:
                self._tokens[token] = self._runs.start(group, request, sqls, batch=batch)
            identifier = self._tokens[token]
        self._runs.wait(identifier, float(request.get("WaitTimeSeconds") or 0))
        statement = self._statement(identifier)
        asked = {"Status", "HasResultSet", "RedshiftPid"} if request.get("WaitTimeSeconds") else set[str]()
        return {
            "Id": identifier,
            "CreatedAt": statement["CreatedAt"],
            "Database": statement["Database"],
            "SecretArn": statement.get("SecretArn"),
            "WorkgroupName": statement["WorkgroupName"],
            **{name: statement[name] for name in asked},
        }

    def _describe(self, request: Request) -> Item:
        self._runs.wait(_whole(request["Id"]), float(request.get("WaitTimeSeconds") or 0))
        return self._statement(request["Id"])

    def _result(self, request: Request) -> Item:
        statement, found = self._found_result(request)
        if statement.get("ResultFormat") == "CSV":
            raise invalid("The result is CSV: ask GetStatementResultV2 for it.")
        return found

    def _result_as_asked(self, request: Request) -> Item:
        statement, found = self._found_result(request)
        form = statement.get("ResultFormat") or "JSON"
        if form == "JSON":
            raise invalid("The result is JSON: ask GetStatementResult for it, or start with ResultFormat CSV.")
        return {**found, "Records": [{"CSVRecords": listings.csv_text(found)}], "ResultFormat": form}

    def _found_result(self, request: Request) -> tuple[Item, Item]:
        self._runs.wait(_whole(request["Id"]), float(request.get("WaitTimeSeconds") or 0))
        statement = self._statement(request["Id"])
        # Of a batch, each statement has its own.
        batch = statement["IsBatchStatement"] and request["Id"] == _whole(request["Id"])
        if statement["Status"] != "FINISHED" or not statement["HasResultSet"] or batch:
            raise ServiceError(
                "ResourceNotFoundException",
                "Query does not have result. Please check query status with DescribeStatement.",
                details={"ResourceId": request["Id"]},
            )
        result = self._runs.result(request["Id"])
        rows, start = result["Records"], int(request.get("NextToken") or 0)
        more = {"NextToken": str(start + _MOST_ROWS)} if start + _MOST_ROWS < len(rows) else {}
        page = rows[start : start + _MOST_ROWS]
        return statement, {**result, "Records": page, "TotalNumRows": len(rows), **more}

    def _cancel(self, request: Request) -> Item:
        statement = self._statement(request["Id"])
        if statement["Status"] in FINAL:
            raise invalid(
                f"Could not cancel a query that is already in {statement['Status']} state with ID: {request['Id']}"
            )
        return {"Status": self._runs.cancel(request["Id"])}

    def _list(self, request: Request) -> Item:
        wanted = request.get("Status", "ALL")
        with self._records.lock:
            every = [*reversed(self._records.here().statements.values())]
        found = [
            each
            for each in every
            if wanted in ("ALL", each["Status"])
            and (each.get("StatementName") or "").startswith(request.get("StatementName") or "")
            and request.get("Database") in (None, each["Database"])
            and request.get("WorkgroupName") in (None, each["WorkgroupName"])
        ]
        known = members_of(service_model("redshift-data").operation_model("ListStatements").output_shape)
        shown = known["Statements"].member.members
        return _page("Statements", [{k: v for k, v in each.items() if k in shown} for each in found], request)

    def _list_databases(self, request: Request) -> Item:
        space = self._space(request)
        return _page("Databases", [space["dbName"]], request)

    def _list_schemas(self, request: Request) -> Item:
        space, schemas = self._connected(request)
        database = self._databases.of(space["namespaceId"], space["dbName"])
        found = listings.schemas(database, schemas, request.get("SchemaPattern"))
        return _page("Schemas", found, request)

    def _list_tables(self, request: Request) -> Item:
        space, schemas = self._connected(request)
        database = self._databases.of(space["namespaceId"], space["dbName"])
        patterns = request.get("SchemaPattern"), request.get("TablePattern")
        return _page("Tables", listings.tables(database, schemas, *patterns), request)

    def _describe_table(self, request: Request) -> Item:
        space, schemas = self._connected(request)
        database = self._databases.of(space["namespaceId"], space["dbName"])
        name = request.get("Table") or ""
        columns = listings.columns(database, schemas, request.get("Schema") or "public", name)
        return {"TableName": name, **_page("ColumnList", columns, request)}

    def _connected(self, request: Request) -> tuple[Item, Mapping[str, str]]:
        space = self._space(request)
        if request["Database"] != space["dbName"]:
            raise ServiceError(
                "DatabaseConnectionException", f'FATAL: database "{request["Database"]}" does not exist'
            )
        return space, self._records.here().schemas.get(space["namespaceId"], {})

    def _space(self, request: Request) -> Item:
        with self._records.lock:
            return self._records.here().namespace(self._group(request)["namespaceName"])

    def _group(self, request: Request) -> Item:
        if request.get("ClusterIdentifier"):
            raise invalid("The emulator has no clusters of Redshift, only workgroups of Redshift Serverless.")
        if not request.get("WorkgroupName"):
            raise invalid("Either ClusterIdentifier or WorkgroupName must be specified.")
        held: HeldWarehouses = self._records.here()
        try:
            with self._records.lock:
                return held.workgroup(request["WorkgroupName"])
        except ServiceError as error:
            raise invalid("Redshift endpoint doesn't exist in this region.") from error

    def _statement(self, identifier: str) -> Item:
        """A statement, or one of a batch, with what it shares with the others; raises ServiceError."""
        with self._records.lock:
            known = self._records.here().statements.get(_whole(identifier), {})
            parts: list[Item] = [known, *known.get("SubStatements", ())]
            found = next((each for each in parts if each.get("Id") == identifier), None)
            if not found or time.time() - found["CreatedAt"] > KEPT_SECONDS:
                raise ServiceError(
                    "ResourceNotFoundException", "Query does not exist.", details={"ResourceId": identifier}
                )
            return {**known, **found}


def _whole(identifier: str) -> str:
    """The identifier of the batch that a statement is one of."""
    return identifier.partition(":")[0]


def _page(name: str, found: Sequence[Any], request: Request) -> Item:
    start, most = int(request.get("NextToken") or 0), int(request.get("MaxResults") or _MOST_ROWS)
    more = {"NextToken": str(start + most)} if start + most < len(found) else {}
    return {name: list(found[start : start + most]), **more}
