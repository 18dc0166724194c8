"""What an execution is started with: its parameters, and the steps that it takes over from another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.pipelines.definition import DefinedStep, ParsedDefinition
from emulator.sagemaker.api.records import Record
from emulator.shapes.errors import ServiceError

_FINISHED = ("Succeeded", "Failed", "CompletedWithFailures")


def taken_over(
    definition: ParsedDefinition, request: Mapping[str, Any], source: Record | None
) -> list[dict[str, Any]]:
    """The states of steps that a selective execution does not carry out and whose results it needs.

    Raises:
        ServiceError: The selection names unknown or unconnected steps, or needs results that there are not.
    """
    chosen = [each["StepName"] for each in request["SelectiveExecutionConfig"]["SelectedSteps"]]
    unknown = sorted(set(chosen) - set(definition.steps))
    if unknown:
        raise ServiceError("ValidationException", f"Selected steps do not exist: {', '.join(unknown)}")
    left_out = sorted(set(_between(definition.steps, chosen)))
    if left_out:
        raise ServiceError(
            "ValidationException",
            f"Selected steps must be connected; these lie between them and are not selected: {', '.join(left_out)}",
        )
    needed = [*dict.fromkeys(name for step in chosen for name in definition.steps[step].before if name not in chosen)]
    if not needed:
        return []
    if source is None:
        arn = request["SelectiveExecutionConfig"].get("SourcePipelineExecutionArn", "null")
        raise ServiceError(
            "ValidationException",
            f"Invalid SourcePipelineExecutionArn: {arn}. The selected steps [{', '.join(chosen)}] have"
            f" dependencies on [{', '.join(needed)}]",
        )
    if source.outcome["PipelineExecutionStatus"] not in _FINISHED:
        raise ServiceError("ValidationException", f"{source.arn} has not ended: its results cannot be used.")
    states = {each["StepName"]: each for each in source.outcome.get("Steps", [])}
    missing = [name for name in needed if states.get(name, {}).get("StepStatus") != "Succeeded"]
    if missing:
        raise ServiceError("ValidationException", f"{source.arn} has no results of: {', '.join(missing)}")
    result = {"SourcePipelineExecutionArn": source.arn}
    return [{**states[name], "SelectiveExecutionResult": result} for name in needed]


def _between(steps: Mapping[str, DefinedStep], chosen: list[str]) -> Iterator[str]:
    """Steps that are not chosen, on a way from a chosen one to another."""
    for name in chosen:
        for before in steps[name].before:
            if before not in chosen and any(each in _all_before(steps, before) for each in chosen):
                yield before


def _all_before(steps: Mapping[str, DefinedStep], name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for before in steps[waiting.pop()].before:
            if before not in found:
                found.add(before)
                waiting.append(before)
    return found
