"""Pipelines and their executions, as the API shows them."""

from __future__ import annotations

import contextvars
import secrets
import string
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.pipelines.attempts import StepServices
from emulator.pipelines.definition import ParsedDefinition
from emulator.pipelines.events import PipelineEvents
from emulator.pipelines.execution import PipelineRun, Workplace
from emulator.pipelines.starts import taken_over
from emulator.pipelines.steps.functions import Callbacks
from emulator.pipelines.steps.runners import step_runners
from emulator.pipelines.versions import Versions
from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.rendering import render
from emulator.shapes.errors import ServiceError
from emulator.shapes.pagination import page
from emulator.shapes.service_model import members_of, service_model

EXECUTION = "PipelineExecution"
"""The kind of the records of executions."""
_RUNNING = ("Executing", "Stopping")
_RETRIED = ("Failed", "Stopped")
_ID_LENGTH = 12
_MOST_AT_ONCE = 20
_SHOWN_PARAMETERS = 100

Request = Mapping[str, Any]


class Pipelines:
    """Behaviour of pipelines, and the operations on their executions.

    Args:
        records: Where both are kept.
        services: What steps are carried out with.
        events: Told of each status.
    """

    def __init__(self, records: Records, services: StepServices, events: PipelineEvents) -> None:
        self._records = records
        self._services = services
        self._callbacks = Callbacks()
        self._running: dict[str, PipelineRun] = {}
        self._lock = threading.Lock()
        self._place = Workplace(
            records=records,
            events=events,
            services=services,
            runners=step_runners(self._callbacks),
            earlier=lambda pipeline: self._executions(pipeline)[::-1],
        )

    @property
    def operations(self) -> Mapping[str, Callable[[Request], dict[str, Any]]]:
        """Operations that fit no verb of all kinds."""
        return {
            "DescribePipeline": self._describe,
            "DescribePipelineDefinitionForExecution": self._describe_definition,
            "DescribePipelineExecution": self._describe_execution,
            "ListPipelineExecutionSteps": self._list_steps,
            "ListPipelineExecutions": self._list_executions,
            "ListPipelineParametersForExecution": self._list_parameters,
            "ListPipelineVersions": self._list_versions,
            "ListPipelines": self._list,
            "RetryPipelineExecution": self._retry,
            "SendPipelineExecutionStepFailure": self._callbacks.failed,
            "SendPipelineExecutionStepSuccess": self._callbacks.succeeded,
            "StartPipelineExecution": self._start,
            "StopPipelineExecution": self._stop,
            "UpdatePipelineExecution": self._update_execution,
            "UpdatePipelineVersion": self._update_version,
        }

    def created(self, record: Record) -> None:
        """Read the definition. Raises ServiceError for what is none."""
        ParsedDefinition.parse(record.request["PipelineDefinition"])
        Versions(record, self._records).add(record.request)

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Read the new definition, and make a version of it."""
        if "PipelineDefinition" in request:
            ParsedDefinition.parse(request["PipelineDefinition"])
        number = Versions(record, self._records).add({**record.request, "PipelineVersionAliases": [], **request})
        self._records.change(record, PipelineVersionId=number)

    def stopped(self, record: Record) -> None:
        """Pipelines themselves cannot be stopped."""

    def deleted(self, record: Record) -> bool:
        """Refuse while an execution runs; executions go with their pipeline."""
        executions = self._executions(record.arn)
        if any(each.outcome["PipelineExecutionStatus"] in _RUNNING for each in executions):
            raise ServiceError(
                "ConflictException", f"Pipeline '{record.arn}' has executions that are running: stop them first."
            )
        for each in executions:
            self._records.remove(each)
        return True

    def settle_after_restart(self, reason: str) -> list[str]:
        """Let executions fail that were running when the emulator ended; returns a sentence for each."""
        said: list[str] = []
        for record in self._records.everywhere():
            if record.kind == EXECUTION and record.outcome["PipelineExecutionStatus"] in _RUNNING:
                steps = [
                    {**step, "StepStatus": "Failed", "FailureReason": reason, "EndTime": time.time()}
                    if step["StepStatus"] in ("Starting", "Executing", "Stopping")
                    else step
                    for step in record.outcome.get("Steps", [])
                ]
                self._records.change(record, PipelineExecutionStatus="Failed", FailureReason=reason, Steps=steps)
                said.append(f"pipeline execution {record.arn} was running: {reason}")
        return said

    def completed(self, request: Request) -> dict[str, Any]:
        """A request with the definition that it may have in S3. Raises ServiceError if the object is not there."""
        location = request.get("PipelineDefinitionS3Location")
        if location and "PipelineDefinition" in request:
            raise ServiceError(
                "ValidationException", "Give PipelineDefinition or PipelineDefinitionS3Location, not both."
            )
        whole = dict(request)
        if location:
            place = {"Bucket": location["Bucket"], "Key": location["ObjectKey"]}
            version = {"VersionId": location["VersionId"]} if "VersionId" in location else {}
            try:
                body: Any = self._services.s3.get_object(**place, **version)["Body"]
            except Exception as error:
                uri = f"s3://{place['Bucket']}/{place['Key']}"
                raise ServiceError("ValidationException", f"{uri} cannot be read: {error}") from error
            whole["PipelineDefinition"] = body.read().decode()
        return whole

    def _pipeline(self, request: Request) -> Record:
        kind = kinds()["Pipeline"]
        name = request.get("PipelineName") or request["PipelineArn"]
        record = self._records.find(kind.name, kind.key({"PipelineName": name}))
        if record is None:
            raise ServiceError("ResourceNotFound", f"Pipeline '{name}' does not exist.")
        return record

    def _executions(self, pipeline: str) -> list[Record]:
        """The executions of a pipeline, the oldest first."""
        return [each for each in self._records.of_kind(EXECUTION) if each.outcome["PipelineArn"] == pipeline]

    def _execution(self, arn: str) -> Record:
        found = self._records.find(EXECUTION, arn.split(":", 5)[5]) if arn.count(":") >= 5 else None
        if found is None:
            raise ServiceError("ResourceNotFound", f"Pipeline execution '{arn}' does not exist.")
        return found

    def _describe(self, request: Request) -> dict[str, Any]:
        record = self._pipeline(request)
        version = Versions(record, self._records).find(request)
        shape = service_model("sagemaker").operation_model("DescribePipeline").output_shape
        last = max((each.created for each in self._executions(record.arn)), default=None)
        shown = {name: value for name, value in version.items() if name in members_of(shape) and value != []}
        whole = render(kinds()["Pipeline"], record, shape)
        whole.pop("PipelineVersionAliases", None)
        return {**whole, **shown, "CreationTime": record.created, **({"LastRunTime": last} if last else {})}

    def _list(self, request: Request) -> dict[str, Any]:
        by, backwards = request.get("SortBy", "CreationTime"), request.get("SortOrder", "Descending") == "Descending"
        rows: list[tuple[list[Any], dict[str, Any]]] = []
        for record in _within(self._records.of_kind("Pipeline"), request):
            shown = {name: record.request.get(name) for name in ("PipelineName", "PipelineDisplayName", "RoleArn")}
            shown["PipelineDescription"] = record.request.get("PipelineDescription")
            last = max((each.created for each in self._executions(record.arn)), default=None)
            times = {"CreationTime": record.created, "LastModifiedTime": record.modified, "LastExecutionTime": last}
            item = {"PipelineArn": record.arn, **shown, **times}
            if record.request["PipelineName"].startswith(request.get("PipelineNamePrefix", "")):
                order = [record.request["PipelineName"] if by == "Name" else record.created, record.arn]
                rows.append((order, {name: value for name, value in item.items() if value is not None}))
        return _paged("PipelineSummaries", rows, request, backwards)

    def _list_versions(self, request: Request) -> dict[str, Any]:
        record = self._pipeline(request)
        shown = (
            *("PipelineVersionId", "CreationTime", "PipelineVersionDescription", "PipelineVersionDisplayName"),
            *("LastExecutionPipelineExecutionArn", "PipelineVersionAliases"),
        )
        rows = [
            (
                [version["PipelineVersionId"]],
                {"PipelineArn": record.arn, **{name: version[name] for name in shown if version.get(name)}},
            )
            for version in Versions(record, self._records).all
        ]
        return _paged("PipelineVersionSummaries", rows, request, request.get("SortOrder") != "Ascending")

    def _update_version(self, request: Request) -> dict[str, Any]:
        record = self._pipeline(request)
        Versions(record, self._records).update(request)
        return {"PipelineArn": record.arn, "PipelineVersionId": request["PipelineVersionId"]}

    def _start(self, request: Request) -> dict[str, Any]:
        with self._lock:
            record = self._pipeline(request)
            executions = self._executions(record.arn)
            token = request["ClientRequestToken"]
            for each in executions:
                if each.outcome["ClientRequestToken"] == token:
                    return {"PipelineExecutionArn": each.arn}
            self._refuse_too_many(executions)
            versions = Versions(record, self._records)
            version = versions.find(request)
            definition = ParsedDefinition.parse(version["PipelineDefinition"])
            values = definition.values(request.get("PipelineParameters", []))
            steps: list[dict[str, Any]] = []
            if "SelectiveExecutionConfig" in request:
                source = request["SelectiveExecutionConfig"].get("SourcePipelineExecutionArn")
                steps = taken_over(definition, request, self._execution(source) if source else None)
            execution = self._recorded(record, request, version, values, steps)
            versions.started(version["PipelineVersionId"], execution.arn)
            self._run(execution, definition)
        return {"PipelineExecutionArn": execution.arn}

    @staticmethod
    def _refuse_too_many(executions: Sequence[Record]) -> None:
        running = [each for each in executions if each.outcome["PipelineExecutionStatus"] in _RUNNING]
        if len(running) >= _MOST_AT_ONCE:
            raise ServiceError(
                "ResourceLimitExceeded", f"A pipeline has at most {_MOST_AT_ONCE} executions at the same time."
            )

    def _recorded(
        self, pipeline: Record, request: Request, version: Request, values: Request, steps: list[dict[str, Any]]
    ) -> Record:
        letters = string.ascii_lowercase + string.digits
        random = "".join(secrets.choice(letters) for _ in range(_ID_LENGTH))
        arn = f"{pipeline.arn}/execution/{random}"
        parallelism = request.get("ParallelismConfiguration") or version.get("ParallelismConfiguration")
        name = pipeline.request["PipelineName"]
        record = Record(
            kind=EXECUTION,
            key=arn.split(":", 5)[5],
            arn=arn,
            request=dict(request),
            outcome={
                "PipelineArn": pipeline.arn,
                "PipelineName": name,
                "PipelineVersionId": version["PipelineVersionId"],
                "PipelineDefinition": version["PipelineDefinition"],
                "PipelineExecutionDisplayName": request.get("PipelineExecutionDisplayName", f"execution-{random}"),
                "PipelineExecutionStatus": "Executing",
                "ClientRequestToken": request["ClientRequestToken"],
                "Parameters": dict(values),
                "RoleArn": request.get("RoleArn") or version["RoleArn"],
                "Steps": steps,
                **({"ParallelismConfiguration": parallelism} if parallelism else {}),
            },
            tags={},
            account=pipeline.account,
            region=pipeline.region,
        )
        self._records.add(record)
        return record

    def _run(self, record: Record, definition: ParsedDefinition) -> None:
        execution = PipelineRun(record, definition, self._place)
        self._running[record.arn] = execution
        execution.change("Executing")
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(execution.run,), name=record.arn, daemon=True).start()

    def _retry(self, request: Request) -> dict[str, Any]:
        with self._lock:
            record = self._execution(request["PipelineExecutionArn"])
            status = record.outcome["PipelineExecutionStatus"]
            if status not in _RETRIED:
                raise ServiceError(
                    "ValidationException", f"Pipeline execution '{record.arn}' is {status}: it cannot be retried."
                )
            self._refuse_too_many(self._executions(record.outcome["PipelineArn"]))
            done = [each for each in record.outcome["Steps"] if each["StepStatus"] == "Succeeded"]
            kept = [each for each in done if "IterationContext" not in each]
            members: dict[str, Any] = {"Steps": kept, "FailureReason": None, "EndTime": None}
            if "ParallelismConfiguration" in request:
                members["ParallelismConfiguration"] = request["ParallelismConfiguration"]
            self._records.change(record, **members)
            self._run(record, ParsedDefinition.parse(record.outcome["PipelineDefinition"]))
        return {"PipelineExecutionArn": record.arn}

    def _stop(self, request: Request) -> dict[str, Any]:
        record = self._execution(request["PipelineExecutionArn"])
        running = self._running.get(record.arn)
        if running is None or not running.ask_to_stop():
            status = record.outcome["PipelineExecutionStatus"]
            raise ServiceError(
                "ValidationException", f"Pipeline execution '{record.arn}' is {status}: it cannot be stopped."
            )
        return {"PipelineExecutionArn": record.arn}

    def _update_execution(self, request: Request) -> dict[str, Any]:
        record = self._execution(request["PipelineExecutionArn"])
        names = ("PipelineExecutionDescription", "PipelineExecutionDisplayName", "ParallelismConfiguration")
        self._records.change(record, **{name: request[name] for name in names if name in request})
        return {"PipelineExecutionArn": record.arn}

    def _describe_execution(self, request: Request) -> dict[str, Any]:
        record = self._execution(request["PipelineExecutionArn"])
        shape = service_model("sagemaker").operation_model("DescribePipelineExecution").output_shape
        held = {**record.request, **record.outcome}
        times = {"CreationTime": record.created, "LastModifiedTime": record.modified}
        return {
            "PipelineExecutionArn": record.arn,
            **{name: held[name] for name in members_of(shape) if name in held},
            **times,
        }

    def _describe_definition(self, request: Request) -> dict[str, Any]:
        record = self._execution(request["PipelineExecutionArn"])
        return {"PipelineDefinition": record.outcome["PipelineDefinition"], "CreationTime": record.created}

    def _list_executions(self, request: Request) -> dict[str, Any]:
        pipeline = self._pipeline(request)
        rows: list[tuple[list[Any], dict[str, Any]]] = []
        for record in _within(self._executions(pipeline.arn), request):
            held = {**record.request, **record.outcome}
            shown = {
                "PipelineExecutionArn": record.arn,
                "StartTime": record.created,
                "PipelineExecutionStatus": held["PipelineExecutionStatus"],
                "PipelineExecutionDescription": held.get("PipelineExecutionDescription"),
                "PipelineExecutionDisplayName": held["PipelineExecutionDisplayName"],
                "PipelineExecutionFailureReason": held.get("FailureReason"),
            }
            order = [record.arn] if request.get("SortBy") == "PipelineExecutionArn" else [record.created, record.arn]
            rows.append((order, {name: value for name, value in shown.items() if value is not None}))
        return _paged("PipelineExecutionSummaries", rows, request, request.get("SortOrder") != "Ascending")

    def _list_steps(self, request: Request) -> dict[str, Any]:
        record = self._execution(request.get("PipelineExecutionArn", ""))
        shape = service_model("sagemaker").operation_model("ListPipelineExecutionSteps").output_shape
        shown = members_of(members_of(shape)["PipelineExecutionSteps"].member)
        rows = [
            ([index], {name: state[name] for name in shown if name in state})
            for index, state in enumerate(record.outcome.get("Steps", []))
        ]
        return _paged("PipelineExecutionSteps", rows, request, request.get("SortOrder") == "Descending")

    def _list_parameters(self, request: Request) -> dict[str, Any]:
        record = self._execution(request["PipelineExecutionArn"])
        values = record.outcome["Parameters"].items()
        rows = [([name], {"Name": name, "Value": _as_text(value)}) for name, value in sorted(values)]
        return _paged("PipelineParameters", rows, {"MaxResults": _SHOWN_PARAMETERS, **request}, False)


def _within(records: Sequence[Record], request: Request) -> list[Record]:
    after, before = request.get("CreatedAfter", 0), request.get("CreatedBefore", float("inf"))
    return [each for each in records if float(after) <= each.created <= float(before)]


def _paged(member: str, rows: list[tuple[list[Any], Any]], request: Request, backwards: bool) -> dict[str, Any]:
    rows.sort(key=lambda row: row[0], reverse=backwards)
    items, token = page(rows, request)
    return {member: items, **({"NextToken": token} if token else {})}


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
