"""The calls of Glue that are about data quality: rulesets are kept, and evaluated on a thread."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from emulator.ministack import hooks, in_process, saved_state
from emulator.ministack.scope import Scope
from emulator.ministack.state_copies import StateLock
from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.session import QuerySession
from emulator.services.athena.tables import catalog
from emulator.services.athena.tables.objects import ObjectClient, QueryObjects
from emulator.services.data_quality.evaluation import Evaluation
from emulator.shapes.aws_rules import AwsRules, parse_ruleset
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import error_response, json_response, parsed_body
from emulator.shapes.service_model import service_model
from emulator.shapes.validation import validate

logger = logging.getLogger("emulator.data-quality")

Item = dict[str, Any]
Request = Mapping[str, Any]
Publish = Callable[[Scope, str, str, Sequence[str]], None]

_INVALID = "InvalidInputException"
_MISSING = "EntityNotFoundException"
_ENDED = ("SUCCEEDED", "FAILED", "STOPPED")


@dataclass
class HeldQuality:
    """What one account has in one region.

    Args:
        scope: Account and region.
        rulesets: By name.
        runs: Evaluations by identifier.
        results: By identifier.
    """

    scope: Scope
    rulesets: dict[str, Item] = field(default_factory=dict[str, Item])
    runs: dict[str, Item] = field(default_factory=dict[str, Item])
    results: dict[str, Item] = field(default_factory=dict[str, Item])


class DataQuality:
    """The API.

    Args:
        s3: A client.
        state: Where copies of objects are kept while an evaluation runs.
        rules: Judges requests.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, s3: ObjectClient, state: Path, rules: AwsRules, changed: Callable[[], None]) -> None:
        self._s3 = s3
        self._state = state
        self._rules = rules
        self._changed = changed
        self._publish: Publish = hooks.publisher("aws.glue-dataquality")
        self._lock = StateLock()
        self._held: dict[Scope, HeldQuality] = {}
        alone: Mapping[str, Callable[[Request], Item]] = {
            "GetDataQualityRuleset": self._get,
            "UpdateDataQualityRuleset": self._update,
            "DeleteDataQualityRuleset": self._delete,
            "ListDataQualityRulesets": self._list,
            "GetDataQualityRulesetEvaluationRun": lambda request: _run(self._here(), request["RunId"]),
            "ListDataQualityRulesetEvaluationRuns": self._list_runs,
            "CancelDataQualityRulesetEvaluationRun": self._cancel,
            "GetDataQualityResult": lambda request: _found(self._here().results, request["ResultId"], "result"),
            "BatchGetDataQualityResult": self._results,
            "ListDataQualityResults": self._list_results,
        }
        self._operations: Mapping[str, Callable[[Request], Item]] = {
            # They ask the catalog, and must not wait for its answer with the lock.
            "CreateDataQualityRuleset": self._create,
            "StartDataQualityRulesetEvaluationRun": self._start,
            **{name: self._locked(answer) for name, answer in alone.items()},
        }

    def call(self, name: str, request: Request) -> Item:
        """Answer an operation; raises ServiceError."""
        answer = self._operations.get(name)
        if answer is None:
            raise ServiceError(_INVALID, f"The emulator does not support {name} of Glue.")
        validate(service_model("glue").operation_model(name).input_shape, request, _INVALID)
        self._rules.refuse(name, request, _INVALID)
        answered = answer(request)
        if not name.startswith(("Get", "List", "BatchGet")):
            self._changed()
        return answered

    def take_over(self) -> None:
        """Answer these requests, and leave Glue's others to MiniStack."""

        def wrap(others: hooks.Handler) -> hooks.Handler:
            async def handle(
                method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
            ) -> tuple[int, dict[str, str], Any]:
                operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
                if "DataQuality" not in operation:
                    return await others(method, path, headers, body, query)
                try:
                    return json_response(200, await asyncio.to_thread(self.call, operation, parsed_body(body)))
                except ServiceError as error:
                    return error_response(error)

            return handle

        hooks.wrap_service("glue", wrap)
        saved_state.add_state("data_quality", self._saved, self._restore)

    def _locked(self, answer: Callable[[Request], Item]) -> Callable[[Request], Item]:
        def locked(request: Request) -> Item:
            with self._lock:
                return answer(request)

        return locked

    def _here(self) -> HeldQuality:
        scope = hooks.current_scope()
        with self._lock:
            return self._held.setdefault(scope, HeldQuality(scope))

    def _saved(self) -> Item:
        with self._lock:
            return {"held": [asdict(each) for each in self._held.values()]}

    def _restore(self, state: Request) -> None:
        for saved in state["held"]:
            scope = Scope(**saved.pop("scope"))
            self._held[scope] = held = HeldQuality(scope, **saved)
            for run in held.runs.values():
                if run["Status"] not in _ENDED:
                    run |= {"Status": "FAILED", "ErrorString": "The evaluation ended with the emulator."}

    def _create(self, request: Request) -> Item:
        held, name = self._here(), str(request["Name"])
        if request.get("TargetTable"):
            _table(request["TargetTable"])
        members = ("Name", "Description", "Ruleset", "TargetTable")
        made = {each: request[each] for each in members if request.get(each) is not None}
        with self._lock:
            if name in held.rulesets:
                raise ServiceError("AlreadyExistsException", f"The ruleset {name} already exists.")
            held.rulesets[name] = {**made, "CreatedOn": time.time(), "LastModifiedOn": time.time()}
        return {"Name": name}

    def _get(self, request: Request) -> Item:
        return _found(self._here().rulesets, request["Name"], "ruleset")

    def _update(self, request: Request) -> Item:
        known = _found(self._here().rulesets, request["Name"], "ruleset")
        known |= {each: request[each] for each in ("Description", "Ruleset") if request.get(each) is not None}
        known["LastModifiedOn"] = time.time()
        return {each: known.get(each) for each in ("Name", "Description", "Ruleset") if known.get(each)}

    def _delete(self, request: Request) -> Item:
        _found(self._here().rulesets, request["Name"], "ruleset")
        del self._here().rulesets[request["Name"]]
        return {}

    def _list(self, request: Request) -> Item:
        wanted: Request = request.get("Filter") or {}
        table = wanted.get("TargetTable")
        shown = [
            {**{name: value for name, value in each.items() if name != "Ruleset"}, "RuleCount": _count(each)}
            for each in self._here().rulesets.values()
            if not table or each.get("TargetTable") == table
        ]
        return {"Rulesets": shown}

    def _start(self, request: Request) -> Item:
        held = self._here()
        source: Request = request["DataSource"]
        named = source.get("GlueTable")
        if not named or request.get("AdditionalDataSources") or named.get("AdditionalOptions"):
            raise ServiceError(_INVALID, "The emulator evaluates rules on one whole table of the catalog.")
        table = _table(named)
        identifier = f"dqrun-{uuid.uuid4().hex}"
        members = ("DataSource", "Role", "NumberOfWorkers", "Timeout", "AdditionalRunOptions", "RulesetNames")
        run = {
            "RunId": identifier,
            **{each: request[each] for each in members if request.get(each) is not None},
            "Status": "RUNNING",
            "StartedOn": time.time(),
            "LastModifiedOn": time.time(),
        }
        with self._lock:
            rulesets = [dict(_found(held.rulesets, each, "ruleset")) for each in request["RulesetNames"]]
            held.runs[identifier] = run
        context = contextvars.copy_context()
        work = threading.Thread(
            target=context.run, args=(self._evaluate, held, run, table, rulesets), name=identifier, daemon=True
        )
        work.start()
        return {"RunId": identifier}

    def _cancel(self, request: Request) -> Item:
        run = _run(self._here(), request["RunId"])
        if run["Status"] not in _ENDED:
            run |= {"Status": "STOPPED", "CompletedOn": time.time()}
        return {}

    def _list_runs(self, request: Request) -> Item:
        wanted = _source(request)
        shown = ("RunId", "Status", "StartedOn", "DataSource")
        runs = [run for run in self._here().runs.values() if not wanted or run["DataSource"] == wanted]
        return {"Runs": [{each: run[each] for each in shown} for run in reversed(runs)]}

    def _results(self, request: Request) -> Item:
        known = self._here().results
        wanted: Sequence[str] = request["ResultIds"]
        return {
            "Results": [known[each] for each in wanted if each in known],
            "ResultsNotFound": [each for each in wanted if each not in known],
        }

    def _list_results(self, request: Request) -> Item:
        wanted = _source(request)
        shown = ("ResultId", "DataSource", "StartedOn")
        results = [each for each in self._here().results.values() if not wanted or each["DataSource"] == wanted]
        return {"Results": [{each: result[each] for each in shown} for result in reversed(results)]}

    def _evaluate(
        self, held: HeldQuality, run: Item, table: catalog.CatalogTable, rulesets: Sequence[Request]
    ) -> None:
        folder = self._state / "data-quality" / str(run["RunId"])
        folder.mkdir(parents=True, exist_ok=True)
        session = QuerySession(QueryObjects(self._s3, folder), table.database)
        try:
            results = [self._result(session, table, run, each) for each in rulesets]
            ended: Item = {"Status": "SUCCEEDED"}
        except (QueryFailed, ServiceError) as error:
            results, ended = [], {"Status": "FAILED", "ErrorString": str(error)}
        except Exception as error:
            logger.exception("evaluation %s", run["RunId"])
            results, ended = [], {"Status": "FAILED", "ErrorString": f"The emulator failed: {error!r}"}
        finally:
            session.close()
            shutil.rmtree(folder, ignore_errors=True)
        with self._lock:
            if run["Status"] in _ENDED:
                return
            now = time.time()
            run |= {**ended, "CompletedOn": now, "LastModifiedOn": now, "ExecutionTime": int(now - run["StartedOn"])}
            held.results |= {each["ResultId"]: each for each in results}
            if results:
                run["ResultIds"] = [each["ResultId"] for each in results]
        for each in results:
            if run.get("AdditionalRunOptions", {}).get("CloudWatchMetricsEnabled"):
                _measure(held.scope, table, each)
            self._tell(held.scope, run, table, each)
        self._changed()

    def _result(self, session: QuerySession, table: catalog.CatalogTable, run: Request, ruleset: Request) -> Item:
        started, evaluation = time.time(), Evaluation(session, table)
        told: list[Item] = []
        for index, each in enumerate(parse_ruleset(str(ruleset["Ruleset"])), start=1):
            outcome = evaluation.outcome(each)
            told.append(
                {
                    "Name": f"Rule_{index}",
                    "Description": each.text,
                    "EvaluatedRule": each.text,
                    "Result": outcome.result,
                    **({"EvaluationMessage": outcome.message} if outcome.message else {}),
                    "EvaluatedMetrics": dict(outcome.metrics),
                }
            )
        passed = sum(each["Result"] == "PASS" for each in told)
        return {
            "ResultId": f"dqresult-{uuid.uuid4().hex}",
            "Score": passed / len(told) if told else 1.0,
            "DataSource": run["DataSource"],
            "RulesetName": ruleset["Name"],
            "StartedOn": started,
            "CompletedOn": time.time(),
            "RulesetEvaluationRunId": run["RunId"],
            "RuleResults": told,
            "EvaluationRunMode": "ON_DEMAND",
        }

    def _tell(self, scope: Scope, run: Request, table: catalog.CatalogTable, result: Request) -> None:
        counted = [each["Result"] for each in result["RuleResults"]]
        failed = len(counted) - counted.count("PASS")
        detail = {
            "context": {
                "contextType": "GLUE_DATA_CATALOG",
                "runId": run["RunId"],
                "databaseName": table.database,
                "tableName": table.name,
                "catalogId": scope.account,
            },
            "resultId": result["ResultId"],
            "rulesetNames": [result["RulesetName"]],
            "state": "FAILED" if failed else "SUCCEEDED",
            "score": result["Score"],
            "rulesSucceeded": counted.count("PASS"),
            "rulesFailed": failed,
            "rulesSkipped": 0,
        }
        self._publish(scope, "Data Quality Evaluation Results Available", json.dumps(detail), [])


def _table(named: Request) -> catalog.CatalogTable:
    found = catalog.table(named["DatabaseName"], named["TableName"])
    if found is None:
        raise ServiceError(_MISSING, f"Table {named['DatabaseName']}.{named['TableName']} not found.")
    return found


def _measure(scope: Scope, table: catalog.CatalogTable, result: Request) -> None:
    counted = [each["Result"] == "PASS" for each in result["RuleResults"]]
    names = {
        "CatalogId": scope.account,
        "Database": table.database,
        "Ruleset": result["RulesetName"],
        "Table": table.name,
    }
    dimensions = [{"Name": name, "Value": value} for name, value in names.items()]
    measured = (("passed", sum(counted)), ("failed", len(counted) - sum(counted)))
    data = [
        {"MetricName": f"glue.data.quality.rules.{name}", "Value": float(value), "Dimensions": dimensions}
        for name, value in measured
    ]
    try:
        in_process.call("cloudwatch", "PutMetricData", {"Namespace": "Glue Data Quality", "MetricData": data})
    except ServiceError as error:
        logger.error("no metrics of %s: %s", result["RulesetName"], error.message)


def _found(items: Mapping[str, Item], name: Any, kind: str) -> Item:
    if name not in items:
        raise ServiceError(_MISSING, f"The {kind} {name} was not found.")
    return items[name]


def _run(held: HeldQuality, identifier: Any) -> Item:
    return _found(held.runs, identifier, "run")


def _source(request: Request) -> Any:
    wanted: Request = request.get("Filter") or {}
    return wanted.get("DataSource")


def _count(ruleset: Request) -> int:
    return len(parse_ruleset(str(ruleset["Ruleset"])))
