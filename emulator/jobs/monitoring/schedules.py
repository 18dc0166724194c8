"""Monitoring schedules: what they make due, and what has come of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.jobs.monitoring.definition import MonitoringDefinition, own_definition
from emulator.jobs.monitoring.run import ExecutionResult, ExecutionRun, MonitoringExecution, failed
from emulator.jobs.monitoring.times import ScheduledTimes
from emulator.ministack.hooks import in_scope
from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import in_background
from emulator.shapes.errors import ServiceError
from emulator.shapes.pagination import page

logger = logging.getLogger("emulator.monitoring")

ROUND_SECONDS = 0.5
EXECUTION = "MonitoringExecution"
"""Records of executions, which outlive their schedule; the API has no such kind."""
_LATE_SECONDS = 1.0
"""Captured requests are in S3 half a second after they were answered."""
_NEXT = "monitoring-next"
_SINCE = "monitoring-since"
"""When the next execution is due and from when on it looks, in the schedule's record: no members of Describe."""
_UNDER_WAY = ("Pending", "InProgress")
_SORTED: Mapping[str, str] = {
    "CreationTime": "CreationTime",
    "ScheduledTime": "ScheduledTime",
    "Status": "MonitoringExecutionStatus",
}
_EQUAL: Mapping[str, str] = {
    "MonitoringScheduleName": "MonitoringScheduleName",
    "EndpointName": "EndpointName",
    "StatusEquals": "MonitoringExecutionStatus",
    "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
    "MonitoringTypeEquals": "MonitoringType",
}
_TIMES = ("ScheduledTime", "CreationTime", "LastModifiedTime")


class ScheduledMonitoring:
    """Behaviour of monitoring schedules.

    Args:
        records: Where schedules, definitions and executions are kept.
        run: Runs an execution.
    """

    def __init__(self, records: Records, run: ExecutionRun) -> None:
        self._records = records
        self._run = run
        self._alive: set[str] = set()

    def created(self, record: Record) -> None:
        """Say what is watched, and when first."""
        self._begin(record, record.request["MonitoringScheduleConfig"])

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """The same, of what the schedule has become."""
        config = request.get("MonitoringScheduleConfig", record.request["MonitoringScheduleConfig"])
        self._begin(record, config)

    def started(self, record: Record) -> None:
        """Go on at the next time."""
        self._records.change(record, MonitoringScheduleStatus="Scheduled")
        self._begin(record, record.request["MonitoringScheduleConfig"])

    def stopped(self, record: Record) -> None:
        """Make nothing due any more; an execution under way ends by itself."""
        self._records.change(record, MonitoringScheduleStatus="Stopped", **{_NEXT: None})

    def deleted(self, record: Record) -> bool:
        """Executions stay listed."""
        del record
        return True

    @property
    def operations(self) -> Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        """Operations of the API that are more than a verb."""
        return {"ListMonitoringExecutions": self._list}

    def act(self) -> None:
        """Begin the executions that are due, one at a time for each schedule."""
        for record in self._records.everywhere():
            if record.kind == EXECUTION and record.outcome["MonitoringExecutionStatus"] in _UNDER_WAY:
                self._settle(record)
            due = record.outcome.get(_NEXT) if record.kind == "MonitoringSchedule" else None
            if due is None or time.time() < float(due) + _LATE_SECONDS or record.arn in self._alive:
                continue
            self._alive.add(record.arn)
            with in_scope(record.account, record.region):
                self._execute(record, float(due))

    def _begin(self, record: Record, config: Mapping[str, Any]) -> None:
        definition = self._definition(config)
        times = ScheduledTimes(config["ScheduleConfig"])
        due = time.time() if times.once else times.after(time.time())
        self._records.change(
            record,
            MonitoringType=definition.type if definition else config.get("MonitoringType"),
            EndpointName=(definition.endpoint if definition else None) or None,
            **{_NEXT: due, _SINCE: due if times.once else times.before(due)},
        )

    def _execute(self, record: Record, due: float) -> None:
        config: Mapping[str, Any] = record.request["MonitoringScheduleConfig"]
        times, since = ScheduledTimes(config["ScheduleConfig"]), float(record.outcome[_SINCE])
        self._records.change(record, **{_NEXT: None if times.once else times.after(time.time()), _SINCE: due})
        definition = self._definition(config)
        name = str(record.request["MonitoringScheduleName"])
        now = time.time()
        summary: dict[str, Any] = {
            "MonitoringScheduleName": name,
            "ScheduledTime": due,
            "CreationTime": now,
            "LastModifiedTime": now,
            "MonitoringExecutionStatus": "InProgress",
            **({"EndpointName": definition.endpoint} if definition and definition.endpoint else {}),
            **({"MonitoringJobDefinitionName": definition.name} if definition and definition.name else {}),
            **({"MonitoringType": definition.type} if definition else {}),
        }
        execution = Record(
            kind=EXECUTION,
            key=f"{name}/{due}".lower(),
            arn=f"{record.arn}/{due}",
            request={},
            outcome=summary,
            tags={},
            account=record.account,
            region=record.region,
        )
        self._records.add(execution)
        self._alive.add(execution.arn)
        self._told(record, execution)

        def work() -> None:
            try:
                self._finish(record, execution, self._result(record, definition, execution, times, due, since))
            finally:
                self._alive -= {record.arn, execution.arn}

        in_background(work, "monitoring execution")

    def _result(
        self,
        record: Record,
        definition: MonitoringDefinition | None,
        execution: Record,
        times: ScheduledTimes,
        due: float,
        since: float,
    ) -> ExecutionResult:
        if definition is None:
            return ExecutionResult("Failed", "ClientError: the job definition of the schedule is not there any more")
        window = times.window(due, since, definition.offsets())
        try:
            run = MonitoringExecution(record, definition, self._destination(definition), due, window)
            return self._run.run(run, lambda arn: self._records.change(execution, ProcessingJobArn=arn))
        except DataPlaneError as error:
            return failed(error)
        except ServiceError as error:
            return ExecutionResult("Failed", f"ClientError: {error}")
        except Exception as error:
            logger.exception("execution of %s", record.key)
            return ExecutionResult("Failed", f"InternalServerError: {type(error).__name__}: {error}")

    def _finish(self, record: Record, execution: Record, result: ExecutionResult) -> None:
        self._records.change(
            execution,
            MonitoringExecutionStatus=result.status,
            FailureReason=result.reason or None,
            LastModifiedTime=time.time(),
        )
        self._told(record, execution)

    def _settle(self, execution: Record) -> None:
        """Let an execution fail that was under way when the emulator ended."""
        if execution.arn in self._alive:
            return
        schedule = self._records.by_arn(execution.arn.rpartition("/")[0])
        result = ExecutionResult("Failed", "InternalServerError: the emulator ended while it ran")
        self._finish(schedule or execution, execution, result)

    def _told(self, record: Record, execution: Record) -> None:
        if record.kind == "MonitoringSchedule" and self._records.exists(record):
            self._records.change(record, LastMonitoringExecutionSummary=dict(execution.outcome))

    def _destination(self, definition: MonitoringDefinition) -> str:
        """Where the endpoint captures."""
        if definition.endpoint_input is None:
            return ""
        endpoint = self._records.find("Endpoint", definition.endpoint)
        config = self._records.find("EndpointConfig", endpoint.request["EndpointConfigName"]) if endpoint else None
        capture: Mapping[str, Any] = (config.request.get("DataCaptureConfig") if config else None) or {}
        if not capture.get("EnableCapture"):
            raise DataPlaneError(f"the endpoint {definition.endpoint} captures nothing")
        return str(capture["DestinationS3Uri"]).rstrip("/")

    def _definition(self, config: Mapping[str, Any]) -> MonitoringDefinition | None:
        if own := config.get("MonitoringJobDefinition"):
            return own_definition(own)
        type_, name = str(config["MonitoringType"]), str(config["MonitoringJobDefinitionName"])
        kind = kinds()[f"{type_}JobDefinition"]
        record = self._records.find(kind.name, kind.key({kind.identity[0]: name}))
        return MonitoringDefinition(type_, name, record.request) if record else None

    def _list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        wanted = {member: request[name] for name, member in _EQUAL.items() if name in request}
        found = [
            dict(each.outcome)
            for each in self._records.of_kind(EXECUTION)
            if all(each.outcome.get(name) == value for name, value in wanted.items()) and _in_time(each, request)
        ]
        member = _SORTED[request.get("SortBy", "CreationTime")]
        descending = request.get("SortOrder", "Descending") == "Descending"
        rows = [([each[member], each["MonitoringScheduleName"], each["ScheduledTime"]], each) for each in found]
        rows.sort(key=lambda row: row[0], reverse=descending)
        items, token = page(rows, request)
        return {"MonitoringExecutionSummaries": items, **({"NextToken": token} if token else {})}


def _in_time(execution: Record, request: Mapping[str, Any]) -> bool:
    for name in _TIMES:
        moment = float(execution.outcome[name])
        if moment < float(request.get(f"{name}After", moment)) or moment > float(
            request.get(f"{name}Before", moment)
        ):
            return False
    return True
