"""Executions of queries: started, carried out on a thread, described, with results in S3."""

from __future__ import annotations

import contextvars
import copy
import json
import logging
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from emulator.ministack import hooks
from emulator.ministack.scope import Scope
from emulator.services.athena import statements, values
from emulator.services.athena.errors import QueryCancelled, QueryFailed
from emulator.services.athena.session import QuerySession
from emulator.services.athena.tables.objects import ObjectClient, QueryObjects
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.athena")

_FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
_MOST_ROWS = 1000
_LONGEST = 262144
Publish = Callable[[Scope, str, str, Sequence[str]], None]


class QueryExecutions:
    """Answers the operations that concern executions; MiniStack answers the others.

    Args:
        s3: A client.
        state: Where copies of objects are kept while a query runs.
        publish: Publishes an event.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, s3: ObjectClient, state: Path, publish: Publish, changed: Callable[[], None]) -> None:
        self._s3 = s3
        self._state = state
        self._publish = publish
        self._changed = changed
        self._kept: Any = hooks.module("ministack.services.athena")
        self._running: dict[str, QuerySession] = {}
        self._lock = threading.RLock()
        self._tokens: dict[tuple[str, str], str] = {}
        self.operations: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "StartQueryExecution": self.start,
            "StopQueryExecution": self.stop,
            "GetQueryExecution": lambda request: {"QueryExecution": self._shown(request["QueryExecutionId"])},
            "GetQueryResults": self.results,
            "GetQueryRuntimeStatistics": self._statistics,
            "ListQueryExecutions": self._list,
            "BatchGetQueryExecution": self._batch,
        }

    def start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """StartQueryExecution."""
        sql = str(request["QueryString"])
        if len(sql.encode()) > _LONGEST:
            raise ServiceError("InvalidRequestException", f"queryString must be {_LONGEST} bytes or less.")
        name = str(request.get("WorkGroup") or "primary")
        group = self._kept._workgroups.get(name)
        if group is None:
            raise ServiceError("InvalidRequestException", f"WorkGroup {name} is not found.")
        if group.get("State") == "DISABLED":
            raise ServiceError("InvalidRequestException", f"WorkGroup {name} is disabled.")
        token = request.get("ClientRequestToken")
        if token and (known := self._tokens.get((name, str(token)))):
            return {"QueryExecutionId": known}
        configuration: Mapping[str, Any] = group.get("Configuration") or {}
        results = _result_configuration(configuration, request.get("ResultConfiguration") or {})
        query = str(uuid.uuid4())
        kind = statements.kind_of(sql)
        context: Mapping[str, Any] = request.get("QueryExecutionContext") or {}
        execution = {
            "QueryExecutionId": query,
            "Query": sql,
            "StatementType": kind,
            "ResultConfiguration": {**results, "OutputLocation": _result_uri(results["OutputLocation"], query, kind)},
            "QueryExecutionContext": {
                "Database": str(context.get("Database") or "default"),
                "Catalog": "awsdatacatalog",
            },
            "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
            "Statistics": {},
            "WorkGroup": name,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
            **({"ExecutionParameters": request["ExecutionParameters"]} if request.get("ExecutionParameters") else {}),
            "_output": results["OutputLocation"],
            "_enforced": _enforced(configuration),
            "_cutoff": int(configuration.get("BytesScannedCutoffPerQuery") or 0),
        }
        self._kept._executions[query] = execution
        if token:
            self._tokens[name, str(token)] = query
        self._changed()
        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(self._run, execution), name=f"athena-{query[:8]}", daemon=True).start()
        return {"QueryExecutionId": query}

    def stop(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """StopQueryExecution."""
        execution = self._found(request["QueryExecutionId"])
        with self._lock:
            if execution["Status"]["State"] not in _FINAL:
                self._end(execution, "CANCELLED", "Query was cancelled by user")
            running = self._running.get(execution["QueryExecutionId"])
        if running:
            running.interrupt()
        return {}

    def results(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """GetQueryResults: read from the files that the query has left in S3."""
        execution = self._found(request["QueryExecutionId"])
        state = execution["Status"]["State"]
        if state == "FAILED":
            reason = execution["Status"].get("StateChangeReason", "")
            raise ServiceError(
                "InvalidRequestException", f"Query did not finish successfully. Final query state: FAILED. {reason}"
            )
        if state != "SUCCEEDED":
            raise ServiceError("InvalidRequestException", f"Query has not yet finished. Current state: {state}")
        most = int(request.get("MaxResults") or _MOST_ROWS)
        if not 1 <= most <= _MOST_ROWS:
            raise ServiceError(
                "InvalidRequestException", f"MaxResults is more than maximum allowed length {_MOST_ROWS}"
            )
        location = execution["ResultConfiguration"]["OutputLocation"]
        objects = QueryObjects(self._s3, self._state)
        try:
            described: Mapping[str, Any] = json.loads(objects.read(f"{location}.metadata"))
            rows = _rows(objects, location, described) if described["file"] else []
        except Exception as error:
            raise ServiceError("InvalidRequestException", f"Could not find results at {location}: {error}") from error
        start = int(request.get("NextToken") or 0)
        shown = [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in rows]
        token = {"NextToken": str(start + most)} if start + most < len(rows) else {}
        return {
            "UpdateCount": described["updated"] or 0,
            "ResultSet": {
                "Rows": shown[start : start + most],
                "ResultSetMetadata": {"ColumnInfo": described["columns"]},
            },
            **token,
        }

    def _statistics(self, request: Mapping[str, Any]) -> dict[str, Any]:
        figures = self._found(request["QueryExecutionId"])["Statistics"]
        names = {
            "QueryQueueTimeInMillis",
            "QueryPlanningTimeInMillis",
            "EngineExecutionTimeInMillis",
            "ServiceProcessingTimeInMillis",
            "TotalExecutionTimeInMillis",
        }
        return {
            "QueryRuntimeStatistics": {
                "Timeline": {name: value for name, value in figures.items() if name in names},
                "Rows": {"InputBytes": figures.get("DataScannedInBytes", 0)},
            }
        }

    def _list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        group = request.get("WorkGroup") or "primary"
        found = [
            (each["Status"]["SubmissionDateTime"], query)
            for query, each in self._kept._executions.items()
            if each["WorkGroup"] == group
        ]
        ids = [query for _, query in sorted(found, reverse=True)]
        start, most = int(request.get("NextToken") or 0), int(request.get("MaxResults") or 50)
        token = {"NextToken": str(start + most)} if start + most < len(ids) else {}
        return {"QueryExecutionIds": ids[start : start + most], **token}

    def _batch(self, request: Mapping[str, Any]) -> dict[str, Any]:
        known = self._kept._executions
        missing = [each for each in request["QueryExecutionIds"] if each not in known]
        return {
            "Executions": [self._shown(each) for each in request["QueryExecutionIds"] if each in known],
            "UnprocessedQueryExecutionIds": [
                {
                    "QueryExecutionId": each,
                    "ErrorCode": "INVALID_QUERY_EXECUTION_ID",
                    "ErrorMessage": f"QueryExecution {each} was not found",
                }
                for each in missing
            ],
        }

    def _found(self, query: str) -> dict[str, Any]:
        execution: dict[str, Any] | None = self._kept._executions.get(query)
        if execution is None:
            raise ServiceError("InvalidRequestException", f"QueryExecution {query} was not found")
        with self._lock:
            lost = execution["Status"]["State"] == "RUNNING" and query not in self._running
            if lost:
                self._end(execution, "FAILED", "The emulator ended while this query ran.")
        return execution

    def _shown(self, query: str) -> dict[str, Any]:
        execution = self._found(query)
        with self._lock:
            return copy.deepcopy({name: value for name, value in execution.items() if not name.startswith("_")})

    def _run(self, execution: dict[str, Any]) -> None:
        query, folder = execution["QueryExecutionId"], self._state / "athena" / execution["QueryExecutionId"]
        folder.mkdir(parents=True, exist_ok=True)
        objects = QueryObjects(self._s3, folder)
        session = QuerySession(objects, execution["QueryExecutionContext"]["Database"], execution["_cutoff"])
        started = time.monotonic()
        with self._lock:
            if execution["Status"]["State"] in _FINAL:
                return
            self._running[query] = session
            execution["Status"]["State"] = "RUNNING"
        self._tell(execution, "QUEUED")
        state, reason = "SUCCEEDED", ""
        try:
            answer = statements.carry_out(
                session, execution["Query"], execution.get("ExecutionParameters") or [], self._around(execution)
            )
            _write(objects, execution, answer)
        except QueryFailed as error:
            state, reason = "FAILED", str(error)
        except QueryCancelled as error:
            state, reason = "CANCELLED", str(error)
        except ServiceError as error:
            state, reason = "FAILED", f"FAILED: {error.code}: {error.message}"
        except Exception as error:
            logger.exception("query %s", query)
            state, reason = "FAILED", f"The emulator could not carry out this query: {type(error).__name__}: {error}"
        spent = int((time.monotonic() - started) * 1000)
        with self._lock:
            execution["Statistics"] |= {
                "EngineExecutionTimeInMillis": spent,
                "DataScannedInBytes": session.scanned,
                "TotalExecutionTimeInMillis": spent,
                "QueryQueueTimeInMillis": 0,
                "QueryPlanningTimeInMillis": 0,
                "ServiceProcessingTimeInMillis": 0,
            }
            if execution["Status"]["State"] not in _FINAL:
                self._end(execution, state, reason)
            self._running.pop(query, None)
        session.close()
        shutil.rmtree(folder, ignore_errors=True)

    def _around(self, execution: Mapping[str, Any]) -> statements.StatementContext:
        group, known = execution["WorkGroup"], self._kept._prepared_statements

        def prepared(name: str) -> str:
            found = known.get(f"{group}/{name}")
            if found is None:
                raise QueryFailed(f"PREPARED_STATEMENT_NOT_FOUND: Prepared statement not found: {name}")
            return str(found["QueryStatement"])

        def keep(name: str, sql: str | None) -> None:
            key = f"{group}/{name}"
            if sql is not None:
                known[key] = {"StatementName": name, "WorkGroupName": group, "QueryStatement": sql,
                              "Description": "", "LastModifiedTime": int(time.time())}  # fmt: skip
            elif known.pop(key, None) is None:
                raise QueryFailed(f"PREPARED_STATEMENT_NOT_FOUND: Prepared statement not found: {name}")

        return statements.StatementContext(
            execution["QueryExecutionId"], execution["_output"], execution["_enforced"], prepared, keep
        )

    def _end(self, execution: dict[str, Any], state: str, reason: str) -> None:
        before = execution["Status"]["State"]
        execution["Status"].update(State=state, CompletionDateTime=time.time())
        if reason:
            execution["Status"]["StateChangeReason"] = reason
        if state == "FAILED":
            execution["Status"]["AthenaError"] = {
                "ErrorCategory": 2,
                "ErrorType": 1,
                "Retryable": False,
                "ErrorMessage": reason,
            }
        self._tell(execution, before)
        self._changed()

    def _tell(self, execution: Mapping[str, Any], before: str) -> None:
        detail = {
            "versionId": "0",
            "currentState": execution["Status"]["State"],
            "previousState": before,
            "statementType": execution["StatementType"],
            "queryExecutionId": execution["QueryExecutionId"],
            "workgroupName": execution["WorkGroup"],
            "sequenceNumber": str(3 if execution["Status"]["State"] in _FINAL else 2),
        }
        self._publish(hooks.current_scope(), "Athena Query State Change", json.dumps(detail), [])


def _enforced(configuration: Mapping[str, Any]) -> bool:
    # A template may have it as text.
    return str(configuration.get("EnforceWorkGroupConfiguration", "")).lower() == "true"


def _result_configuration(configuration: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    group: Mapping[str, Any] = configuration.get("ResultConfiguration") or {}
    found = dict(group) if _enforced(configuration) else {**group, **asked}
    if not found.get("OutputLocation"):
        raise ServiceError(
            "InvalidRequestException",
            "No output location provided. An output location is required either through the Workgroup result"
            " configuration setting or as an API input.",
        )
    return found


def _result_uri(location: str, query: str, kind: str) -> str:
    return f"{location.rstrip('/')}/{query}{'.csv' if kind == 'DML' else '.txt'}"


def _write(objects: QueryObjects, execution: Mapping[str, Any], answer: statements.Outcome) -> None:
    configuration = execution["ResultConfiguration"]
    location, encryption = configuration["OutputLocation"], configuration.get("EncryptionConfiguration")
    if answer.updated is not None:
        manifest = "".join(f"{uri}\n" for uri in answer.files).encode()
        place = location.removesuffix(".csv")
        objects.write(f"{place}-manifest.csv", manifest, encryption)
        execution["Statistics"]["DataManifestLocation"] = f"{place}-manifest.csv"
    elif answer.header:
        objects.write(location, values.csv([list(answer.names), *answer.rows]), encryption)
    else:
        lines = "\n".join("\t".join(each or "" for each in row) for row in answer.rows)
        objects.write(location, lines.encode(), encryption)
    described = {
        "columns": statements.columns_of(answer),
        "updated": answer.updated,
        "file": answer.updated is None,
        "header": answer.header,
    }
    objects.write(f"{location}.metadata", json.dumps(described).encode(), encryption)


def _rows(objects: QueryObjects, location: str, described: Mapping[str, Any]) -> list[list[str | None]]:
    text = objects.read(location).decode()
    if described["header"]:
        return values.read_csv(text)
    return [[line] for line in text.split("\n")] if text else []
