"""What MiniStack answers with success and does not do: it fails, or is refused, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.coverage import Coverage
from emulator.ministack import hooks, stack_hooks
from emulator.services.pipeline_targets import is_pipeline
from emulator.services.scheduler import TARGETS
from emulator.services.spark.runs import SparkRuns

COVERAGE = (
    Coverage(
        "EventBridge targets",
        real="functions, queues, topics, state machines, event buses, API destinations, pipelines, job queues",
        refused="targets of other services, when a rule or a schedule names them",
    ),
    Coverage(
        "Glue",
        real="databases, tables, partitions, connections; `pythonshell` jobs as a Python process",
        refused="streaming and Ray jobs: the run ends as `FAILED`; Iceberg tables by `OpenTableFormatInput`",
    ),
    Coverage(
        "ECS",
        real="",
        recorded="clusters, definitions of tasks, services without tasks",
        refused="tasks, and services that want some",
    ),
)

Answer = tuple[int, dict[str, str], bytes]

_DELIVERED = frozenset({"batch", "events", "lambda", "sns", "sqs", "states"})
_OWN_TARGETS = tuple(f"{TARGETS}{service}:" for service in ("batch", "glue", "sagemaker"))
_NO_SCRIPT = "no script.py"
_SPARK = "glueetl"
_NOT_RUN = ("gluestreaming", "glueray")


def refuse_what_does_not_run(aws: Mapping[str, str]) -> None:
    """Replace every such part of MiniStack; `aws` are the variables by which a process reaches the emulator."""
    _glue(aws)
    _ecs()
    _event_targets()
    _schedule_targets()


def _error(code: str, message: str) -> Answer:
    return hooks.module("ministack.core.responses").error_response_json(code, message, 400)


def _glue(aws: Mapping[str, str]) -> None:
    glue, spark = hooks.module("ministack.services.glue"), SparkRuns(aws)
    run_script, find_script = glue._execute_subprocess, glue._resolve_script
    create_table = glue._create_table

    def execute(run: dict[str, Any], job: Mapping[str, Any], arguments: Any, script: str) -> None:
        command: Mapping[str, Any] = job.get("Command", {})
        reason = ""
        if command.get("Name") in _NOT_RUN:
            reason = f"The emulator does not run {command['Name']} jobs; of Glue it runs pythonshell and glueetl."
        elif script == _NO_SCRIPT:
            reason = f"The script {command.get('ScriptLocation')} was not found, or is no Python file."
        if reason:
            run.update(JobRunState="FAILED", ErrorMessage=reason)
        elif command.get("Name") == _SPARK:
            spark.carry_out(run, job, arguments, script)
        else:
            run_script(run, job, arguments, script)

    def no_job(_job: Mapping[str, Any]) -> bool:
        return False

    def found_script(location: str) -> str:
        found = find_script(location) or ""
        return found if found.endswith(".py") else _NO_SCRIPT

    def created_table(request: Mapping[str, Any]) -> Answer:
        if request.get("OpenTableFormatInput"):
            reason = "The emulator makes Iceberg tables by queries of Athena, and not by OpenTableFormatInput."
            return _error("InvalidInputException", reason)
        return create_table(request)

    glue._create_table = created_table
    # Every kind of job, with a script or without one, takes the way of those that are run.
    glue._is_spark_job = no_job
    glue._resolve_script = found_script
    glue._execute_subprocess = execute


def _ecs() -> None:
    ecs = hooks.module("ministack.services.ecs")

    def without_tasks(original: Callable[[Mapping[str, Any]], Answer], wanted: int) -> Callable[..., Answer]:
        def call(request: Mapping[str, Any]) -> Answer:
            if request.get("desiredCount", wanted):
                return _error("UnsupportedFeatureException", "The emulator runs no ECS tasks.")
            return original(request)

        return call

    for operation, name, wanted in (
        ("RunTask", "_run_task", 1),
        ("CreateService", "_create_service", 1),
        ("UpdateService", "_update_service", 0),
    ):
        replaced = without_tasks(getattr(ecs, name), wanted)
        setattr(ecs, name, replaced)
        ecs._ACTION_MAP[operation] = replaced


def _undelivered(targets: Sequence[Mapping[str, Any]]) -> str:
    """Why events would not reach one of these targets; empty when they do."""
    for target in targets:
        arn = str(target.get("Arn", ""))
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        if service not in _DELIVERED and not arn.startswith(_OWN_TARGETS) and not is_pipeline(arn):
            return f"The emulator delivers no events to {service or arn}, only to {', '.join(sorted(_DELIVERED))}."
    return ""


def _event_targets() -> None:
    events = hooks.module("ministack.services.eventbridge")
    put = events._put_targets

    def put_targets(request: Mapping[str, Any]) -> Answer:
        reason = _undelivered(request.get("Targets", ()))
        return _error("ValidationException", reason) if reason else put(request)

    events._put_targets = put_targets
    _refuse_resource("AWS::Events::Rule", lambda properties: properties.get("Targets", ()))


def _schedule_targets() -> None:
    scheduler = hooks.module("ministack.services.scheduler")

    def checked(original: Callable[[str, Mapping[str, Any]], Answer]) -> Callable[..., Answer]:
        def call(name: str, request: Mapping[str, Any]) -> Answer:
            reason = _undelivered([request["Target"]]) if request.get("Target") else ""
            return _error("ValidationException", reason) if reason else original(name, request)

        return call

    for name in ("_create_schedule", "_update_schedule"):
        setattr(scheduler, name, checked(getattr(scheduler, name)))
    _refuse_resource("AWS::Scheduler::Schedule", lambda properties: [properties.get("Target", {})])


def _refuse_resource(name: str, targets: Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]]) -> None:
    def check(properties: Mapping[str, Any]) -> None:
        reason = _undelivered(targets(properties))
        if reason:
            raise ValueError(reason)

    stack_hooks.check_properties(name, check)
