"""Steps of pipelines that run no job of their own: conditions, loops, failures, clean-up, clusters, lineage."""

from collections.abc import Iterator, Mapping

from sagemaker_constructs.core.pipeline_definitions.expressions import (
    entries_of,
    function_of,
    members_of,
    structures_of,
)
from sagemaker_constructs.core.pipeline_definitions.reading import StepReading
from sagemaker_constructs.core.rules.catalogue import Broken, Call, rule
from sagemaker_constructs.core.rules.pipelines.definitions import CREATE, STEPS_PAGE, UPDATE, at, reading_of
from sagemaker_constructs.core.tokens import is_token

_COMPARISONS = ("Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")
_OPERANDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_COMPARISONS, ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}
_MOST_ITEMS, _MOST_AT_ONCE = 100, 50
_NO_BODY = ("Condition", "Fail", "ForEach")
_ENTITIES = {"Actions": "ActionName", "Artifacts": "ArtifactName", "Contexts": "ContextName"}


def _stepwise(call: Call, kind: str) -> Iterator[StepReading]:
    return (step for step in reading_of(call).steps if step.kind == kind)


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def conditions_compare_values(call: Call) -> Iterator[Broken]:
    """A Condition step has at least one condition: a comparison of two values, In, Not or Or."""
    for step in _stepwise(call, "Condition"):
        given = entries_of(step.arguments.get("Conditions"))
        if not given:
            yield at(step, "Arguments.Conditions"), f"none in {step.name}"
        for index, each in enumerate(given):
            for path, got in _judged(each, f"Arguments.Conditions[{index}]"):
                yield at(step, path), f"{got} in {step.name}"


def _judged(condition: object, path: str) -> Iterator[tuple[str, str]]:
    given = members_of(condition)
    operands = _OPERANDS.get(str(given.get("Type")))
    if operands is None:
        yield f"{path}.Type", repr(given.get("Type"))
        return
    for name in operands:
        if given.get(name) is None:
            yield f"{path}.{name}", f"no {name}"
    if given["Type"] == "Not" and given.get("Condition") is not None:
        yield from _judged(given["Condition"], f"{path}.Condition")
    if given["Type"] == "Or":
        for index, each in enumerate(entries_of(given.get("Conditions"))):
            yield from _judged(each, f"{path}.Conditions[{index}]")


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def failures_have_a_message(call: Call) -> Iterator[Broken]:
    """A Fail step has an ErrorMessage: text of up to 3072 characters, a parameter or a Std:Join."""
    for step in _stepwise(call, "Fail"):
        message = step.arguments.get("ErrorMessage")
        if not message or (not isinstance(message, str) and not function_of(message)):
            yield at(step, "Arguments.ErrorMessage"), f"{message!r} in {step.name}"
        elif isinstance(message, str) and not is_token(message) and len(message) > 3072:
            yield at(step, "Arguments.ErrorMessage"), f"{len(message)} characters in {step.name}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def nothing_follows_a_failure(call: Call) -> Iterator[Broken]:
    """No step depends on a Fail step or uses its result: the execution ends there."""
    reading = reading_of(call)
    for step in reading.steps:
        for name in sorted(reading.waits.get(step.name, ())):
            if reading.by_name[name].kind == "Fail":
                yield at(step, "DependsOn"), f"{name} in {step.name}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def loops_repeat_jobs(call: Call) -> Iterator[Broken]:
    """A ForEach step has 1 to 100 items or a reference to them, MaxConcurrency 1 to 50, and jobs as its body."""
    for step in _stepwise(call, "ForEach"):
        items, at_once = step.arguments.get("IterableItems"), step.arguments.get("MaxConcurrency")
        count = len(entries_of(items))
        if not function_of(items) and not is_token(items) and not 1 <= count <= _MOST_ITEMS:
            yield at(step, "Arguments.IterableItems"), f"{count} items in {step.name}"
        if not is_token(at_once) and at_once not in range(1, _MOST_AT_ONCE + 1):
            yield at(step, "Arguments.MaxConcurrency"), f"{at_once!r} in {step.name}"
        body = [*step.steps_inside()]
        for each in body:
            if each.kind in _NO_BODY:
                yield at(each, "Type"), f"{each.kind} {each.name} in {step.name}"
        if not body:
            yield at(step, "Arguments.ForEachBody"), f"no step in {step.name}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28", confidence="inferred")
def loops_are_selected_from_by_their_own_steps(call: Call) -> Iterator[Broken]:
    """The Selector of a ForEach step picks MaxBy or MinBy of a value of a step in its body."""
    for step in _stepwise(call, "ForEach"):
        selector = members_of(step.arguments.get("Selector"))
        if not selector:
            continue
        field = selector.get("Field")
        path = str(members_of(field).get("Get") or field)
        space, _, asked = path.partition(".")
        body = [each.name for each in step.steps_inside()]
        if selector.get("Pick") not in ("MaxBy", "MinBy") and not is_token(selector.get("Pick")):
            yield at(step, "Arguments.Selector.Pick"), f"{selector.get('Pick')!r} in {step.name}"
        elif not is_token(path) and (
            space != "IterationOutput" or "." not in asked or asked.split(".")[0] not in body
        ):
            yield at(step, "Arguments.Selector.Field"), f"{path!r} in {step.name}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28", confidence="inferred")
def clean_up_names_steps_with_outputs(call: Call) -> Iterator[Broken]:
    """A Cleanup step names steps of its pipeline whose outputs in S3 it deletes; Training alone needs no S3Uris."""
    reading = reading_of(call)
    for step in _stepwise(call, "Cleanup"):
        sources = structures_of(members_of(step.arguments.get("Resources")).get("S3"))
        if not sources:
            yield at(step, "Arguments.Resources.S3"), f"none in {step.name}"
        for index, each in enumerate(sources):
            name, path = str(each.get("StepName")), f"Arguments.Resources.S3[{index}]"
            source = reading.by_name.get(name)
            if is_token(name):
                continue
            if source is None or name == step.name:
                yield at(step, f"{path}.StepName"), f"{name!r} in {step.name}"
            elif not each.get("S3Uris") and source.kind in ("Processing", "Transform"):
                yield at(step, f"{path}.S3Uris"), f"none for {source.kind} {name} in {step.name}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def clusters_are_named_or_made(call: Call) -> Iterator[Broken]:
    """An EMR step has either ClusterId or ClusterConfig, and an ExecutionRoleArn with a ClusterId only."""
    for step in _stepwise(call, "EMR"):
        given = step.arguments
        named, made = given.get("ClusterId"), given.get("ClusterConfig")
        if bool(named) == bool(made):
            yield at(step, "Arguments.ClusterId"), f"{'both' if named else 'neither'} in {step.name}"
        elif made and given.get("ExecutionRoleArn"):
            yield at(step, "Arguments.ExecutionRoleArn"), f"a role for a new cluster in {step.name}"
        elif given.get("StepConfig") is None:
            yield at(step, "Arguments.StepConfig"), f"no StepConfig in {step.name}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def applications_are_named_or_made(call: Call) -> Iterator[Broken]:
    """An EMRServerless step has an ExecutionRoleArn, a JobConfig and either ApplicationId or ApplicationConfig."""
    for step in _stepwise(call, "EMRServerless"):
        given = step.arguments
        named, made = given.get("ApplicationId"), given.get("ApplicationConfig")
        if bool(named) == bool(made):
            yield at(step, "Arguments.ApplicationId"), f"{'both' if named else 'neither'} in {step.name}"
        for member in ("ExecutionRoleArn", "JobConfig"):
            if not given.get(member):
                yield at(step, f"Arguments.{member}"), f"no {member} in {step.name}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28", confidence="inferred")
def associations_join_what_their_step_makes(call: Call) -> Iterator[Broken]:
    """An association of a Lineage step has a source and a destination, by ARN or by the name that the step gives."""
    for step in _stepwise(call, "Lineage"):
        made = {
            (str(each.get(named)), kind.removesuffix("s"))
            for kind, named in _ENTITIES.items()
            for each in structures_of(step.arguments.get(kind))
            if isinstance(each.get(named), str)
        }
        for index, each in enumerate(structures_of(step.arguments.get("Associations"))):
            for end in ("Source", "Destination"):
                given = each.get(end)
                name, kind = members_of(given).get("Name"), members_of(given).get("Type")
                unknown = any(is_token(value) for value in (given, name, kind)) or function_of(name)
                if not unknown and not members_of(given).get("Arn") and (str(name), str(kind)) not in made:
                    yield at(step, f"Arguments.Associations[{index}].{end}"), f"{kind} {name!r} in {step.name}"
