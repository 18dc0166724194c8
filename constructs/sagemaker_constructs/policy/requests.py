"""The requests to SageMaker that templates hold as text: of schedules, state machines, pipelines and jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sagemaker_constructs.core.templates.intrinsics import flat_text, is_intrinsic, is_list, is_structure
from sagemaker_constructs.core.templates.landscape import TemplateResource

_CALL = re.compile(r":(?:aws-sdk:)?sagemaker:(create\w+)", re.IGNORECASE)
_STEPS: Mapping[str, str] = {
    "AutoML": "CreateAutoMLJobV2",
    "Processing": "CreateProcessingJob",
    "QualityCheck": "CreateProcessingJob",
    "ClarifyCheck": "CreateProcessingJob",
    "Training": "CreateTrainingJob",
    "Transform": "CreateTransformJob",
    "Tuning": "CreateHyperParameterTuningJob",
}
"""The call that a type of step of a pipeline makes with its arguments."""


def requests_of(subject: TemplateResource) -> Iterator[TemplateResource]:
    """Each request in the text of a resource, as a subject whose type is the call."""
    match subject.type:
        case "AWS::Scheduler::Schedule":
            called = _CALL.search(subject.text("Target.Arn"))
            if called:
                yield from _request(subject, "Target.Input", called[1], _parsed(subject, "Target.Input"))
        case "AWS::StepFunctions::StateMachine":
            for path in ("DefinitionString", "Definition"):
                yield from _states(subject, path, _parsed(subject, path))
        case "AWS::SageMaker::Pipeline":
            path = "PipelineDefinition.PipelineDefinitionBody"
            yield from _steps(subject, path, _parsed(subject, path))
        case "AWS::SageMaker::ProcessingJob":
            yield replace(subject, type="CreateProcessingJob")
        case kind if kind.startswith("Custom::SageMaker") and kind.endswith("Job"):
            yield from _request(subject, "Request", f"Create{subject.text('Kind')}", _parsed(subject, "Request"))
        case _:
            pass


def _parsed(subject: TemplateResource, path: str) -> Any:
    """The JSON at ``path``; None where references stand between its values, so that it is none yet."""
    value = subject.value(path)
    if value is None or (is_structure(value) and not is_intrinsic(value)):
        return value
    try:
        return json.loads(flat_text(value))
    except ValueError:
        return None


def _request(subject: TemplateResource, path: str, call: str, request: Any) -> Iterator[TemplateResource]:
    if is_structure(request):
        operation = call[0].upper() + call[1:]
        yield replace(subject, type=operation, properties=request, within=path)


def _states(subject: TemplateResource, path: str, machine: Any) -> Iterator[TemplateResource]:
    if not is_structure(machine):
        return
    states: Mapping[str, Mapping[str, Any]] = machine.get("States") or {}
    for name, state in states.items():
        called = _CALL.search(str(state.get("Resource", "")))
        if called:
            arguments = state.get("Parameters") or state.get("Arguments")
            operation = called[1].partition(".")[0]
            yield from _request(subject, f"{path}.States.{name}", operation, _without_paths(arguments))
        for branch in (*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")):
            yield from _states(subject, f"{path}.States.{name}", branch)


def _without_paths(value: Any) -> Any:
    """Members whose value is a path into the state's input, such as ``Image.$``, under the name of the request."""
    if is_structure(value):
        return {name.removesuffix(".$"): _without_paths(each) for name, each in value.items()}
    return [_without_paths(each) for each in value] if is_list(value) else value


def _steps(subject: TemplateResource, path: str, definition: Any) -> Iterator[TemplateResource]:
    if not is_structure(definition):
        return
    steps: list[Mapping[str, Any]] = definition.get("Steps") or []
    for step in steps:
        arguments: Mapping[str, Any] = step.get("Arguments") or {}
        call = _STEPS.get(str(step.get("Type")))
        if call:
            yield from _request(subject, f"{path}.Steps.{step.get('Name')}", call, arguments)
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps(subject, path, {"Steps": arguments.get(branch)})


def monitoring_job(subject: TemplateResource) -> str | None:
    """The path, up to its dot, at which a monitoring job is defined; None for a schedule that names a definition."""
    if subject.type != "AWS::SageMaker::MonitoringSchedule":
        return ""
    path = "MonitoringScheduleConfig.MonitoringJobDefinition"
    return None if subject.lacks(path) else f"{path}."
