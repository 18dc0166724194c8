"""What CodePipeline shows of pipelines and executions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.services.codepipeline.held import Item, ReleaseExecution, ReleasePipeline

_SHOWN = (
    *("actionExecutionId", "errorDetails", "externalExecutionId", "lastStatusChange", "status"),
    *("summary", "token"),
)


def summary(pipeline: ReleasePipeline) -> Item:
    """As ListPipelines shows it."""
    return {
        "name": pipeline.name,
        "version": pipeline.version,
        "pipelineType": pipeline.declaration.get("pipelineType", "V1"),
        "executionMode": pipeline.declaration.get("executionMode", "SUPERSEDED"),
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def tags(pipeline: ReleasePipeline) -> list[Item]:
    """As ListTagsForResource shows them."""
    return [{"key": key, "value": value} for key, value in sorted(pipeline.tags.items())]


def state(pipeline: ReleasePipeline, waiting: Mapping[str, Sequence[ReleaseExecution]]) -> Item:
    """As GetPipelineState shows it."""
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": pipeline.version,
        "stageStates": [_stage(pipeline, each, waiting[each["name"]]) for each in pipeline.declaration["stages"]],
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def _stage(pipeline: ReleasePipeline, declared: Item, waiting: Sequence[ReleaseExecution]) -> Item:
    name: str = declared["name"]
    closed = pipeline.closed.get(name)
    shown: Item = {
        "stageName": name,
        "inboundTransitionState": {"enabled": not closed, **({"disabledReason": closed} if closed else {})},
        "actionStates": [{"actionName": each["name"]} for each in declared["actions"]],
    }
    if waiting:
        shown["inboundExecutions"] = [
            {"pipelineExecutionId": each.id, "status": "InProgress", "type": each.kind} for each in waiting
        ]
    been = [each for each in pipeline.executions if name in each.stages]
    if not been:
        return shown
    last = max(been, key=lambda each: each.stages[name]["entered"])
    inside: Item = last.stages[name]
    shown["latestExecution"] = {"pipelineExecutionId": last.id, "status": inside["status"], "type": last.kind}
    for action in shown["actionStates"]:
        known: Item | None = inside["actions"].get(action["actionName"])
        if known:
            action["latestExecution"] = {member: known[member] for member in _SHOWN if known.get(member)}
            if "currentRevision" in known:
                action["currentRevision"] = {
                    "revisionChangeId": "",
                    "created": last.started,
                    **known["currentRevision"],
                }
    for moment, judged in inside["conditions"].items():
        shown[f"{moment}ConditionState"] = {"latestExecution": dict(judged)}
    return shown


def execution(pipeline: ReleasePipeline, found: ReleaseExecution) -> Item:
    """As GetPipelineExecution shows it."""
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": found.version,
        "pipelineExecutionId": found.id,
        "status": found.status,
        "statusSummary": found.summary,
        "artifactRevisions": [
            {
                "name": each.get("name", ""),
                "revisionId": each["revisionId"],
                "revisionSummary": each.get("revisionSummary", ""),
            }
            for each in found.revisions.values()
            if "name" in each
        ],
        "variables": [{"name": name, "resolvedValue": value} for name, value in found.variables.items()],
        "trigger": found.trigger,
        "executionMode": pipeline.declaration.get("executionMode", "SUPERSEDED"),
        "executionType": found.kind,
        **_rollback(found),
    }


def execution_summary(found: ReleaseExecution) -> Item:
    """As ListPipelineExecutions shows it."""
    return {
        "pipelineExecutionId": found.id,
        "status": found.status,
        "statusSummary": found.summary,
        "startTime": found.started,
        "lastUpdateTime": found.updated,
        "sourceRevisions": [
            {"actionName": name, "revisionId": each["revisionId"], "revisionSummary": each.get("revisionSummary", "")}
            for name, each in found.revisions.items()
            if "revisionId" in each
        ],
        "trigger": found.trigger,
        "executionType": found.kind,
        **_rollback(found),
    }


def action_details(found: ReleaseExecution) -> Iterator[Item]:
    """As ListActionExecutions shows them, the newest first."""
    for stage, inside in reversed(found.stages.items()):
        for name, each in reversed(inside["actions"].items()):
            yield {
                "pipelineExecutionId": found.id,
                "actionExecutionId": each["actionExecutionId"],
                "pipelineVersion": found.version,
                "stageName": stage,
                "actionName": name,
                "startTime": each["started"],
                "lastUpdateTime": each["lastStatusChange"],
                "status": each["status"],
                "output": {"executionResult": _result(each)},
            }


def _result(action: Mapping[str, Any]) -> Item:
    known: Item = {"externalExecutionId": action.get("externalExecutionId", "")}
    if "errorDetails" in action:
        known["errorDetails"] = action["errorDetails"]
    return known


def _rollback(found: ReleaseExecution) -> Item:
    return {"rollbackMetadata": {"rollbackTargetPipelineExecutionId": found.target}} if found.target else {}
