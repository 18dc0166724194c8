"""Pipelines: what a definition declares, what its steps are called, and what refers to what."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.pipeline_definitions.expressions import (
    EXECUTION,
    Reference,
    entries_of,
    functions,
    references,
)
from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading, StepReading, read_definition
from sagemaker_constructs.core.pipeline_definitions.step_types import STEP_TYPES
from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, rule
from sagemaker_constructs.core.spelling import nearest_to
from sagemaker_constructs.core.tokens import is_token

CREATE, UPDATE = "CreatePipeline", ("UpdatePipeline",)
STEPS_PAGE = f"{GUIDE}/build-and-manage-steps-types.html"
PROPERTIES_PAGE = f"{GUIDE}/build-and-manage-properties.html"
_PARAMETERS = f"{GUIDE}/build-and-manage-parameters.html"
_SCHEMA = "https://github.com/aws-sagemaker-mlops/sagemaker-model-building-pipeline-definition-JSON-schema"
_QUOTAS = "https://docs.aws.amazon.com/general/latest/gr/sagemaker.html"
_NAME_CHARACTERS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_PARAMETER_TYPES: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}
_EXECUTION: Mapping[str, None] = dict.fromkeys(EXECUTION)
_MOST_PARAMETERS = 200
_LONGEST_VALUE = 1024


def reading_of(call: Call) -> PipelineReading:
    """The definition that a request brings along; an empty one where it lies elsewhere or is no document."""
    return read_definition(call.request.get("PipelineDefinition")) or PipelineReading({})


def at(step: StepReading, path: str) -> str:
    """A path below a step, as problems name it."""
    return f"{step.name}.{path}" if path else step.name


@rule(CREATE, _SCHEMA, also=UPDATE, read="2026-11-28")
def a_definition_is_a_document_with_steps(call: Call) -> Iterator[Broken]:
    """A pipeline definition is a JSON document of the version 2020-12-01 with at least one step."""
    given = call.request.get("PipelineDefinition")
    if given is None or (is_token(given) and isinstance(given, str) and not given.startswith("{")):
        return
    reading = read_definition(given)
    if reading is None:
        yield "", "no JSON document"
    elif reading.document.get("Version") != "2020-12-01":
        yield "Version", reading.document.get("Version")
    elif not reading.steps:
        yield "steps", "no steps"


@rule(CREATE, f"{API}/API_PipelineExecutionStep.html", also=UPDATE, read="2026-11-28")
def steps_are_named(call: Call) -> Iterator[Broken]:
    """The name of a step has 1 to 64 letters, digits, hyphens and underscores."""
    for step in reading_of(call).steps:
        if not is_token(step.name) and (not 1 <= len(step.name) <= 64 or set(step.name) - _NAME_CHARACTERS):
            yield step.name or "steps", repr(step.name)


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def steps_have_a_type_of_pipelines(call: Call) -> Iterator[Broken]:
    """The type of a step is one that pipelines support."""
    for step in reading_of(call).steps:
        if step.type is None and not is_token(step.kind):
            near = nearest_to(step.kind, STEP_TYPES)
            yield at(step, "Type"), f"{step.kind!r}{f' (did you mean {near[0]}?)' if near else ''}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28", confidence="reported")
def steps_stand_once(call: Call) -> Iterator[Broken]:
    """A step stands once in a pipeline, at the top, in one branch of one condition or in one loop."""
    seen: set[str] = set()
    for step in reading_of(call).steps:
        if step.name in seen:
            yield step.name, f"{step.name} twice"
        seen.add(step.name)


@rule(CREATE, f"{GUIDE}/build-and-manage-steps.html", also=UPDATE, read="2026-11-28")
def steps_wait_for_steps_of_their_pipeline(call: Call) -> Iterator[Broken]:
    """A step depends on other steps of its pipeline, once they have Completed, Failed, Stopped or Any of these."""
    reading = reading_of(call)
    for step in reading.steps:
        for name, trigger in step.waits_for:
            if not is_token(name) and (name not in reading.by_name or name == step.name):
                yield at(step, "DependsOn"), f"{name!r}{_meant(name, reading.by_name)}"
            elif trigger not in ("Completed", "Failed", "Stopped", "Any"):
                yield at(step, "DependsOn"), f"{trigger!r} of {name}"


def _uses(reading: PipelineReading) -> Iterator[tuple[StepReading, str, Reference]]:
    for step in reading.steps:
        for path, reference in step.uses:
            yield step, path, reference


@rule(CREATE, PROPERTIES_PAGE, also=UPDATE, read="2026-11-28")
def references_name_what_exists(call: Call) -> Iterator[Broken]:
    """A reference names a parameter, a step or a value of the execution that exists."""
    reading = reading_of(call)
    parameters = {str(each.get("Name")): each for each in reading.parameters}
    for step, path, reference in _uses(reading):
        given = reference.path
        if reference.step:
            if reference.step not in reading.by_name:
                yield at(step, path), f"{given}{_meant(reference.step, reading.by_name)}, in {step.name}"
            continue
        space, _, name = given.partition(".")
        known: Mapping[str, Any] = {"Parameters": parameters, "Execution": _EXECUTION}.get(space, {})
        loop = space == "ForEach" and any(outer.kind == "ForEach" for outer in step.within)
        selector = space == "IterationOutput" and step.kind == "ForEach"
        if name not in known and not loop and not selector:
            yield at(step, path), f"{given}{_meant(name, known)}, in {step.name}"
    for path, reference in references(reading.document.get("PipelineExperimentConfig") or {}):
        space, _, name = reference.path.partition(".")
        if name not in {"Parameters": parameters, "Execution": EXECUTION}.get(space, ()):
            yield f"PipelineExperimentConfig.{path}", reference.path


@rule(CREATE, PROPERTIES_PAGE, also=UPDATE, read="2026-11-28", confidence="inferred")
def references_name_results_that_steps_have(call: Call) -> Iterator[Broken]:
    """A reference to a step names a value in the result of that type of step, or an output that it declares."""
    reading = reading_of(call)
    for step, path, reference in _uses(reading):
        source = reading.by_name.get(reference.step)
        if source is None or source.type is None:
            continue
        if reference.asked.startswith("PropertyFiles."):
            name = reference.asked.removeprefix("PropertyFiles.")
            files = [str(each.get("PropertyFileName")) for each in source.property_files]
            if name not in files:
                yield at(step, path), f"{reference.path}{_meant(name, files)}, in {step.name}"
        elif source.result_at(reference.asked) is None:
            yield at(step, path), f"{reference.path}, in {step.name}"


@rule(CREATE, f"{GUIDE}/build-and-manage-steps.html", also=UPDATE, read="2026-11-28")
def steps_form_no_circle(call: Call) -> Iterator[Broken]:
    """Steps form a directed acyclic graph."""
    waits = reading_of(call).waits
    done: set[str] = set()
    for first in waits:
        circle = _circle(first, waits, done)
        if circle:
            yield circle[0], " after ".join(circle)
            return


def _circle(first: str, waits: Mapping[str, frozenset[str]], done: set[str]) -> list[str]:
    """The names along a circle, the first one at both ends; empty where there is none from ``first``."""
    path: list[str] = []
    stack = [(first, iter(sorted(waits.get(first, ()))))] if first not in done else []
    path += [first] if stack else []
    while stack:
        name, rest = stack[-1]
        following = next((each for each in rest if each not in done), None)
        if following is None:
            stack.pop()
            path.pop()
            done.add(name)
        elif following in path:
            return [*path[path.index(following) :], following]
        else:
            path.append(following)
            stack.append((following, iter(sorted(waits.get(following, ())))))
    return []


@rule(CREATE, _PARAMETERS, also=UPDATE, read="2026-11-28")
def parameters_are_named_once(call: Call) -> Iterator[Broken]:
    """Each parameter has a name of its own, of up to 256 letters, digits, hyphens and underscores."""
    seen: set[str] = set()
    for parameter in reading_of(call).parameters:
        name = str(parameter.get("Name") or "")
        if name in seen or not 1 <= len(name) <= 256 or set(name) - _NAME_CHARACTERS:
            yield f"parameters[{name!r}]", f"{name!r}{' twice' if name in seen else ''}"
        seen.add(name)


@rule(CREATE, _PARAMETERS, also=UPDATE, read="2026-11-28")
def parameters_have_values_of_their_type(call: Call) -> Iterator[Broken]:
    """A parameter is a String, Integer, Float or Boolean, and so are its default and its allowed values."""
    for parameter in reading_of(call).parameters:
        kind, name = str(parameter.get("Type")), str(parameter.get("Name"))
        default, allowed = parameter.get("DefaultValue"), entries_of(parameter.get("EnumValues"))
        if kind not in _PARAMETER_TYPES:
            yield f"parameters[{name!r}].type", f"{kind!r} of {name}"
        elif allowed and kind != "String":
            yield f"parameters[{name!r}].allowed", f"allowed values of {name}, {kind}"
        elif default is not None and not is_token(default) and not _is_of(kind, default):
            yield f"parameters[{name!r}].default", f"{default!r} of {name}, {kind}"
        elif allowed and default is not None and not is_token(default) and default not in allowed:
            yield f"parameters[{name!r}].default", f"{default!r} of {name}, not among the allowed values"
        elif isinstance(default, str) and not is_token(default) and len(default) > _LONGEST_VALUE:
            yield f"parameters[{name!r}].default", f"{len(default)} characters of {name}"


def _is_of(kind: str, value: object) -> bool:
    return isinstance(value, _PARAMETER_TYPES[kind]) and (kind == "Boolean" or not isinstance(value, bool))


@rule(CREATE, f"{API}/API_StartPipelineExecution.html", also=UPDATE, read="2026-11-28")
def a_pipeline_has_200_parameters(call: Call) -> Iterator[Broken]:
    """A pipeline has a maximum of 200 parameters."""
    count = len(reading_of(call).parameters)
    if count > _MOST_PARAMETERS:
        yield "parameters", count


@rule(
    CREATE,
    "https://github.com/aws/sagemaker-python-sdk/issues/4418",
    also=UPDATE,
    read="2026-11-28",
    confidence="reported",
)
def paths_of_property_files_are_literal(call: Call) -> Iterator[Broken]:
    """The path that Std:JsonGet reads from a property file is a literal."""
    for step in reading_of(call).steps:
        for path, given in functions(step.own_document, "Std:JsonGet"):
            if not isinstance(given.get("Path"), str):
                yield at(step, path), f"a path that is none in {step.name}"


def _meant(name: str, known: object) -> str:
    near = nearest_to(name, known)  # pyright: ignore[reportArgumentType]
    return f" (did you mean {near[0]}?)" if near else ""
