"""Model Monitor: what its schedules and the definitions of their jobs must be."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, rule
from sagemaker_constructs.core.tokens import is_token

MONITORING_TYPES = ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
"""What schedules watch: the kinds of their definitions, without ``JobDefinition``."""
WITH_TRUTH = ("ModelQuality", "ModelBias")
"""Those whose captured requests are merged with the truth first."""

_CREATE, _UPDATE = "CreateMonitoringSchedule", "UpdateMonitoringSchedule"
_DEFINITIONS = tuple(f"Create{each}JobDefinition" for each in MONITORING_TYPES)
_SCHEDULE_PAGE = f"{API}/API_ScheduleConfig.html"
_NOW = "NOW"
_EXPRESSION = re.compile(r"cron\(0 (?:\*|(?P<hour>\d{1,2})(?:/(?P<every>\d{1,2}))?) \? \* \* \*\)")
_OFFSET = re.compile(r"-?P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?")
_DAY_HOURS = 24
_HOUR_SECONDS = 3600


def frequency_hours(expression: str) -> int | None:
    """The hours between two jobs of a schedule expression; None for NOW and for what AWS does not support."""
    found = _EXPRESSION.fullmatch(expression)
    if not found:
        return None
    if not found["hour"]:
        return 1
    hour, every = int(found["hour"]), int(found["every"] or _DAY_HOURS)
    return every if hour < _DAY_HOURS and 1 <= every <= _DAY_HOURS else None


def offset_hours(offset: str) -> float | None:
    """The hours before a job's start that an offset such as ``-PT1H`` or ``-P1DT30M`` names; None for other text."""
    found = _OFFSET.fullmatch(offset)
    if not found or offset.endswith(("P", "T")):
        return None
    days, hours, minutes = (int(each or 0) for each in found.groups())
    return days * _DAY_HOURS + hours + minutes / 60


@rule(_CREATE, _SCHEDULE_PAGE, read="2026-11-30", also=(_UPDATE,))
def monitoring_starts_at_whole_hours(call: Call) -> Iterator[Broken]:
    """A ScheduleExpression must be NOW, cron(0 * ? * * *), cron(0 HH ? * * *) or cron(0 HH/NN ? * * *), with an hour
    of 0 to 23 and 1 to 24 hours between two jobs."""
    expression = _schedule(call).get("ScheduleExpression")
    if expression is None or is_token(expression) or expression == _NOW:
        return
    if frequency_hours(str(expression)) is None:
        yield "MonitoringScheduleConfig.ScheduleConfig.ScheduleExpression", expression


@rule(_CREATE, _SCHEDULE_PAGE, read="2026-11-30", also=(_UPDATE,))
def monitoring_once_names_its_window(call: Call) -> Iterator[Broken]:
    """A ScheduleExpression of NOW requires DataAnalysisStartTime and DataAnalysisEndTime."""
    schedule = _schedule(call)
    if schedule.get("ScheduleExpression") != _NOW:
        return
    for member in ("DataAnalysisStartTime", "DataAnalysisEndTime"):
        if not schedule.get(member):
            yield f"MonitoringScheduleConfig.ScheduleConfig.{member}", "nothing"


@rule(_CREATE, _SCHEDULE_PAGE, read="2026-11-30", also=(_UPDATE,))
def monitored_windows_have_a_day_at_most(call: Call) -> Iterator[Broken]:
    """DataAnalysisStartTime must precede DataAnalysisEndTime by at most 24 hours, both as offsets such as -PT5H."""
    schedule = _schedule(call)
    start, end = (schedule.get(member) for member in ("DataAnalysisStartTime", "DataAnalysisEndTime"))
    if start is None or end is None or is_token(start) or is_token(end):
        return
    before, until = offset_hours(str(start)), offset_hours(str(end))
    if before is None or until is None or not 0 < before - until <= _DAY_HOURS:
        yield "MonitoringScheduleConfig.ScheduleConfig.DataAnalysisStartTime", (start, end)


@rule(_CREATE, f"{API}/API_MonitoringScheduleConfig.html", read="2026-11-30", also=(_UPDATE,), confidence="inferred",
      enforced=("emulator",))  # fmt: skip
def schedules_have_one_job_definition(call: Call) -> Iterator[Broken]:
    """A MonitoringScheduleConfig must have either a MonitoringJobDefinition or a MonitoringJobDefinitionName with its
    MonitoringType."""
    config: Mapping[str, Any] = call.request.get("MonitoringScheduleConfig") or {}
    own, named = config.get("MonitoringJobDefinition"), config.get("MonitoringJobDefinitionName")
    if bool(own) == bool(named):
        yield "MonitoringScheduleConfig", "both" if own else "neither"
    elif named and not config.get("MonitoringType"):
        yield "MonitoringScheduleConfig.MonitoringType", "nothing"


@rule(_CREATE, f"{API}/API_MonitoringStoppingCondition.html", read="2026-11-30", also=(_UPDATE,))
def monitoring_jobs_end_before_the_next(call: Call) -> Iterator[Broken]:
    """MaxRuntimeInSeconds must not exceed the frequency of the schedule, nor half of it for model quality and model
    bias, whose executions are two jobs."""
    config: Mapping[str, Any] = call.request.get("MonitoringScheduleConfig") or {}
    hours = frequency_hours(str(_schedule(call).get("ScheduleExpression", "")))
    kind, name = config.get("MonitoringType"), config.get("MonitoringJobDefinitionName")
    known: Mapping[str, Any] | None = config.get("MonitoringJobDefinition")
    if kind and name:
        known = call.find(f"{kind}JobDefinition", name)
    stopping: Mapping[str, Any] = (known or {}).get("StoppingCondition") or {}
    limit = stopping.get("MaxRuntimeInSeconds")
    if hours is None or limit is None or is_token(limit):
        return
    longest = hours * _HOUR_SECONDS // (2 if kind in WITH_TRUTH else 1)
    if limit > longest:
        yield "StoppingCondition.MaxRuntimeInSeconds", f"{limit} for every {hours} h"


@rule(_DEFINITIONS[0], f"{GUIDE}/model-monitor-schedule-data-monitor.html", read="2026-11-30", also=_DEFINITIONS[1:],
      enforced=("emulator",))  # fmt: skip
def monitoring_jobs_have_one_input(call: Call) -> Iterator[Broken]:
    """The input of a monitoring job must be either an EndpointInput or a BatchTransformInput."""
    path, given = _job_input(call)
    named = [member for member in ("EndpointInput", "BatchTransformInput") if given.get(member)]
    if len(named) != 1:
        yield path, " and ".join(named) or "neither"


@rule(_DEFINITIONS[0], f"{GUIDE}/model-monitor-data-capture-endpoint.html", read="2026-11-30", also=_DEFINITIONS[1:],
      confidence="inferred", enforced=("emulator",))  # fmt: skip
def monitored_endpoints_capture_data(call: Call) -> Iterator[Broken]:
    """The configuration of a monitored endpoint must have a DataCaptureConfig with EnableCapture."""
    path, given = _job_input(call)
    watched: Mapping[str, Any] = given.get("EndpointInput") or {}
    name = str(watched.get("EndpointName", ""))
    endpoint = call.find("Endpoint", name) if name else None
    config = call.find("EndpointConfig", endpoint["EndpointConfigName"]) if endpoint else None
    capture: Mapping[str, Any] = (config or {}).get("DataCaptureConfig") or {}
    if config is not None and not capture.get("EnableCapture"):
        yield f"{path}.EndpointInput.EndpointName", name


@rule(_DEFINITIONS[1], f"{GUIDE}/model-monitor-model-quality-schedule.html", read="2026-11-30", confidence="inferred")
def model_quality_finds_its_predictions(call: Call) -> Iterator[Broken]:
    """A model quality job must have an InferenceAttribute or a ProbabilityAttribute, which says where predictions
    are."""
    path, given = _job_input(call)
    for member in ("EndpointInput", "BatchTransformInput"):
        one: Mapping[str, Any] = given.get(member) or {}
        if one and not any(one.get(name) for name in ("InferenceAttribute", "ProbabilityAttribute")):
            yield f"{path}.{member}.InferenceAttribute", "neither"


def _schedule(call: Call) -> Mapping[str, Any]:
    config: Mapping[str, Any] = call.request.get("MonitoringScheduleConfig") or {}
    return cast("Mapping[str, Any]", config.get("ScheduleConfig") or {})


def _job_input(call: Call) -> tuple[str, Mapping[str, Any]]:
    """The member of a job definition that says what is read, and its path."""
    for each in MONITORING_TYPES:
        if given := call.request.get(f"{each}JobInput"):
            return f"{each}JobInput", given
    return "", {}
