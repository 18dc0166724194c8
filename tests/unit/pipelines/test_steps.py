"""Each type of step: what it takes is what AWS takes, and what is wrong with it is refused by its name."""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import aws_cdk as cdk
import botocore.validate
import pytest

from harness.aws_clients import ROLE
from harness.workflow import Workflow
from sagemaker_constructs.core.pipeline_definitions.expressions import function_of
from sagemaker_constructs.core.pipeline_definitions.step_types import STEP_TYPES
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.service_model import service_model, shape
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.pipelines import Pipeline, TrainingStep

Document = dict[str, Any]
REQUIRED_BY_PIPELINES = {
    "Condition": ("Conditions",),
    "Fail": ("ErrorMessage",),
    "ForEach": ("IterableItems", "MaxConcurrency", "ForEachBody"),
    "Cleanup": ("Resources",),
    "EMR": ("StepConfig", "ClusterId"),
    "EMRServerless": ("ExecutionRoleArn", "JobConfig", "ApplicationId"),
}
"""Members that no API call requires, but pipelines do."""
BESIDE_ARGUMENTS = {
    "Lambda": "FunctionArn",
    "Callback": "SqsQueueUrl",
    "QualityCheck": "CheckType",
    "ClarifyCheck": "CheckType",
}


@pytest.fixture(scope="module")
def workflow() -> Workflow:
    return Workflow.of(cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(region="us-east-1")))


@pytest.fixture(scope="module")
def document(workflow: Workflow) -> Document:
    """A definition with a step of each type."""
    steps = [step.document() for step in workflow.steps().values()]
    return {"Version": "2020-12-01", "Parameters": [], "Steps": steps}


def _refusal(document: Mapping[str, Any]) -> str:
    stack = cdk.Stack(cdk.App(), "Judge")
    with pytest.raises(InvalidInput) as refused:
        Pipeline.from_definition(stack, "Pipeline", definition=document)
    return str(refused.value)


def _step(document: Document, kind: str) -> Document:
    """The step of that type, at whatever depth."""
    found = [step for step in document["Steps"] if step["Type"] == kind]
    inside = next(step for step in document["Steps"] if step["Type"] == "Condition")["Arguments"]["ElseSteps"]
    return next(step for step in [*found, *inside] if step["Type"] == kind)


def test_the_workflow_has_every_type(document: Document) -> None:
    named = {step["Type"] for step in document["Steps"]} | {"Fail"}
    assert named == STEP_TYPES.keys()


def test_a_pipeline_of_all_types_is_taken(workflow: Workflow) -> None:
    Pipeline(workflow.stack, "All", steps=[*workflow.steps().values()])


def _required(kind: str) -> Iterator[str]:
    for part in STEP_TYPES[kind].parts:
        if not part.place:
            for member in shape(part.shape, part.service).get("required", ()):
                if member not in part.omitted:
                    yield member
    yield from REQUIRED_BY_PIPELINES.get(kind, ())


@pytest.mark.parametrize(("kind", "member"), [(kind, member) for kind in STEP_TYPES for member in _required(kind)])
def test_a_required_argument_that_is_missing_is_refused(kind: str, member: str, document: Document) -> None:
    changed = copy.deepcopy(document)
    del _step(changed, kind)["Arguments"][member]
    assert re.search(rf"^Judge/Pipeline: {kind}\.Arguments\.{member}", _refusal(changed), re.MULTILINE)


@pytest.mark.parametrize(("kind", "member"), BESIDE_ARGUMENTS.items())
def test_what_a_type_requires_beside_its_arguments(kind: str, member: str, document: Document) -> None:
    changed = copy.deepcopy(document)
    del _step(changed, kind)[member]
    assert f"Judge/Pipeline: {kind}.{member}" in _refusal(changed)


def _values(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """The paths of all text within arguments."""
    if function_of(value):
        return
    if isinstance(value, dict):
        for name, item in cast(Document, value).items():
            yield from _values(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _values(item, (*path, index))
    elif isinstance(value, str):
        yield path


def _set(document: Document, path: tuple[str | int, ...], value: object) -> None:
    target: Any = document
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value


ENUMS: Mapping[str, tuple[str | int, ...]] = {
    "Training": ("ResourceConfig", "InstanceType"),
    "Processing": ("ProcessingResources", "ClusterConfig", "InstanceType"),
    "QualityCheck": ("ProcessingResources", "ClusterConfig", "InstanceType"),
    "ClarifyCheck": ("ProcessingResources", "ClusterConfig", "InstanceType"),
    "Transform": ("TransformResources", "InstanceType"),
    "Tuning": ("HyperParameterTuningJobConfig", "Strategy"),
    "RegisterModel": ("ModelApprovalStatus",),
    "AutoML": ("InputDataConfig", 0, "DataSource", "S3DataSource", "S3DataType"),
    "EndpointConfig": ("ProductionVariants", 0, "InstanceType"),
    "Job": ("JobCategory",),
    "Condition": ("Conditions", 0, "Type"),
}


@pytest.mark.parametrize(("kind", "path"), ENUMS.items())
def test_a_value_that_is_none_of_those_allowed_is_refused(
    kind: str, path: tuple[str | int, ...], document: Document
) -> None:
    changed = copy.deepcopy(document)
    _set(_step(changed, kind)["Arguments"], path, "unheard-of")
    assert re.search(rf"^Judge/Pipeline: {kind}\.Arguments\..*'unheard-of'", _refusal(changed), re.MULTILINE)


@pytest.mark.parametrize(
    "kind", [kind for kind in STEP_TYPES if STEP_TYPES[kind].parts or kind in ("Fail", "Lambda")]
)
def test_a_reference_to_nothing_is_refused_wherever_it_stands(kind: str, document: Document) -> None:
    arguments = _step(document, kind)["Arguments"]
    paths = [*_values(arguments, ())] or [("anything",)]
    changed = copy.deepcopy(document)
    _set(_step(changed, kind)["Arguments"], paths[0], {"Get": "Steps.Nowhere.Any"})
    assert re.search(rf"^Judge/Pipeline: {kind}\.Arguments\..*Steps\.Nowhere\.Any", _refusal(changed), re.MULTILINE)


@pytest.mark.parametrize("kind", [kind for kind in STEP_TYPES if STEP_TYPES[kind].named_by])
def test_botocore_takes_what_a_step_is_given(kind: str, document: Document) -> None:
    [part] = STEP_TYPES[kind].parts
    described: Any = cast(Any, service_model(part.service)).shape_for(part.shape)
    arguments = _with_values(_step(document, kind)["Arguments"])
    given = {**arguments, **dict.fromkeys(part.omitted, "name")}
    validator: Any = botocore.validate.ParamValidator()
    report = validator.validate(given, described)
    assert not report.has_errors(), report.generate_report()


def _with_values(value: Any) -> Any:
    """``value`` with text in the place of each reference and token."""
    if function_of(value):
        return "s3://bucket/value"
    if isinstance(value, dict):
        return {name: _with_values(item) for name, item in cast(Document, value).items()}
    if isinstance(value, list):
        return [_with_values(item) for item in cast("list[Any]", value)]
    return ROLE if is_token(value) else value


def test_all_problems_of_all_steps_are_told_at_once(document: Document) -> None:
    changed = copy.deepcopy(document)
    del _step(changed, "Training")["Arguments"]["RoleArn"]
    _step(changed, "Processing")["Arguments"]["Surplus"] = 1
    _step(changed, "Fail")["CacheConfig"] = {"Enabled": True}
    lines = _refusal(changed).splitlines()
    assert {line.split(": ")[1].split(".")[0] for line in lines} == {"Training", "Processing", "Fail"}


def test_an_unknown_option_is_refused_as_python_does(workflow: Workflow) -> None:
    with pytest.raises(TypeError, match="TrainingStep has no option cach"):
        TrainingStep("Train", workflow.training, cach=3)  # pyright: ignore[reportCallIssue]
    with pytest.raises(InvalidInput, match="cache must be Cache, got: int 3"):
        TrainingStep("Train", workflow.training, cache=cast(Any, 3))
