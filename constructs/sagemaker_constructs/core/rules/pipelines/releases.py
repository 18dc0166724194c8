"""Pipelines of CodePipeline: how their stages are ordered, and what of them rolls back."""

from collections.abc import Iterator
from typing import Any

from sagemaker_constructs.core.rules.catalogue import Broken, Call, indexed, rule
from sagemaker_constructs.core.tokens import is_token

_CREATE = "CreatePipeline"
_ALSO = ("UpdatePipeline",)
_GUIDE = "https://docs.aws.amazon.com/codepipeline/latest/userguide"
_STRUCTURE = f"{_GUIDE}/reference-pipeline-structure.html"
_CONDITIONS = f"{_GUIDE}/stage-conditions.html"
_STAGES = "pipeline.stages"


def _declared(call: Call) -> Any:
    """The pipeline; SageMaker has an operation of the same name, whose requests have none."""
    return call.request.get("pipeline", {})


def _stages(call: Call) -> Iterator[tuple[str, Any]]:
    return indexed(_STAGES, _declared(call).get("stages", ()))


def _categories(stage: Any) -> list[str]:
    return [action["actionTypeId"]["category"] for action in stage.get("actions", ())]


def _results(stage: Any, moment: str) -> Iterator[tuple[str, str]]:
    """What conditions of a stage do, with where they say it."""
    for index, each in enumerate(stage.get(moment, {}).get("conditions", ())):
        if each.get("result") and not is_token(each["result"]):
            yield f"{moment}.conditions[{index}].result", each["result"]


@rule(_CREATE, f"{_GUIDE}/execution-modes.html", read="2026-11-30", also=_ALSO)
def stages_of_parallel_pipelines_do_not_roll_back(call: Call) -> Iterator[Broken]:
    """Stage rollback is not available in pipelines of the execution mode PARALLEL."""
    if _declared(call).get("executionMode") != "PARALLEL":
        return
    for path, stage in _stages(call):
        if stage.get("onFailure", {}).get("result") == "ROLLBACK":
            yield f"{path}.onFailure.result", "ROLLBACK"
        for moment in ("onSuccess", "onFailure"):
            for where, result in _results(stage, moment):
                if result == "ROLLBACK":
                    yield f"{path}.{where}", result


@rule(_CREATE, _STRUCTURE, read="2026-11-30", also=_ALSO, enforced=("emulator",))
def names_of_stages_are_unique(call: Call) -> Iterator[Broken]:
    """All stage names in a pipeline must be unique."""
    seen: set[str] = set()
    for path, stage in _stages(call):
        if stage["name"] in seen:
            yield f"{path}.name", stage["name"]
        seen.add(stage["name"])


@rule(_CREATE, _STRUCTURE, read="2026-11-30", also=_ALSO, enforced=("emulator",))
def pipelines_have_two_stages(call: Call) -> Iterator[Broken]:
    """A pipeline must contain at least two stages."""
    stages = len(_declared(call).get("stages", ()))
    if stages < 2 and "pipeline" in call.request:
        yield _STAGES, stages


@rule(_CREATE, _STRUCTURE, read="2026-11-30", also=_ALSO, enforced=("emulator",))
def sources_are_the_first_stage(call: Call) -> Iterator[Broken]:
    """The first stage of a pipeline must contain source actions only, and no other stage can contain any."""
    for index, (path, stage) in enumerate(_stages(call)):
        known = [each for each in _categories(stage) if not is_token(each)]
        wrong = [each for each in known if (each == "Source") == bool(index)]
        if wrong or (not index and not _categories(stage)):
            yield f"{path}.actions", ", ".join(wrong) or "none"


@rule(_CREATE, _CONDITIONS, read="2026-11-30", also=_ALSO, enforced=("emulator",))
def entries_of_stages_fail_or_are_skipped(call: Call) -> Iterator[Broken]:
    """The result of a condition on the entry of a stage can be FAIL or SKIP."""
    for path, stage in _stages(call):
        yield from (
            (f"{path}.{at}", got) for at, got in _results(stage, "beforeEntry") if got not in ("FAIL", "SKIP")
        )


@rule(_CREATE, _CONDITIONS, read="2026-11-30", also=_ALSO, enforced=("emulator",))
def successes_of_stages_fail_or_roll_back(call: Call) -> Iterator[Broken]:
    """The result of a condition on the success of a stage can be ROLLBACK or FAIL."""
    for path, stage in _stages(call):
        found = _results(stage, "onSuccess")
        yield from ((f"{path}.{at}", got) for at, got in found if got not in ("ROLLBACK", "FAIL"))


@rule(
    "RollbackStage",
    f"{_GUIDE}/stage-rollback.html",
    read="2026-11-30",
    enforced=("emulator",),
    words="You cannot roll back a source stage.",
)
def sources_do_not_roll_back(call: Call) -> Iterator[Broken]:
    """A source stage cannot be rolled back."""
    pipeline = call.find("ReleasePipeline", call.request.get("pipelineName", "")) or {}
    for stage in pipeline.get("stages", ())[:1]:
        if stage["name"] == call.request.get("stageName"):
            yield "stageName", stage["name"]


@rule(
    "RollbackStage",
    f"{_GUIDE}/stage-rollback.html",
    read="2026-11-30",
    enforced=("emulator",),
    words="",
)
def rollbacks_return_to_standard_executions(call: Call) -> Iterator[Broken]:
    """The target of a rollback must be an execution of the pipeline's present version that is no rollback itself."""
    target = call.request.get("targetPipelineExecutionId", "")
    pipeline = call.find("ReleasePipeline", call.request.get("pipelineName", ""))
    execution = call.find("ReleaseExecution", target)
    if pipeline is None or execution is None:
        return
    if execution["executionType"] == "ROLLBACK" or execution["pipelineVersion"] != pipeline["version"]:
        yield "targetPipelineExecutionId", target
