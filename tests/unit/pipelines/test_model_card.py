"""A card of a version: what AWS's schema asks of it, and how values of an execution come in."""

import json
import re
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template

from harness.workflow import Workflow
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.pipelines import (
    ModelCard,
    Pipeline,
    ProcessingStep,
    PropertyFile,
    RegisterModelStep,
    StringParameter,
    TuningStep,
)


def _text(most: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": most}


def _structure(required: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": [*required], "properties": members}


def _list(item: Any, most: int) -> dict[str, Any]:
    return {"type": "array", "items": item, "maxItems": most}


_METRIC = _structure(("name", "value"), name=_text(255), value={"type": "number"})
_MEASURED = _structure(("name", "type", "value"), name=_text(255), type={"const": "number"}, value={"type": "number"})
# What AWS's schema of model cards says of the members that are written here:
# https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html#model-card-schema
SCHEMA = _structure(
    intended_uses=_structure(
        purpose_of_model=_text(2048),
        intended_uses=_text(2048),
        risk_rating={"enum": ["High", "Medium", "Low", "Unknown"]},
    ),
    training_details=_structure(
        training_job_details=_structure(
            training_arn=_text(1024),
            training_datasets=_list(_text(1024), 15),
            training_environment=_structure(container_image=_list(_text(1024), 15)),
            training_metrics=_list(_METRIC, 50),
            hyper_parameters=_list(_structure(("name",), name=_text(255), value=_text(255)), 100),
        )
    ),
    evaluation_details=_list(
        _structure(
            ("name",),
            name=_text(63),
            metric_groups=_list(
                _structure(("name", "metric_data"), name=_text(63), metric_data=_list(_MEASURED, 1000)), 100
            ),
        ),
        100,
    ),
    additional_information=_structure(custom_details={"type": "object", "additionalProperties": _text(1024)}),
)


@pytest.fixture
def workflow(stack: Stack) -> Workflow:
    return Workflow.of(stack)


def _registered(stack: Stack) -> Mapping[str, Any]:
    [resource] = Template.from_stack(stack).find_resources("AWS::SageMaker::Pipeline").values()
    body = resource["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]
    [register] = [
        step
        for step in json.loads(body if isinstance(body, str) else body["Fn::Sub"][0])["Steps"]
        if step["Type"] == "RegisterModel"
    ]
    return register["Arguments"]["ModelCard"]


def _at_run_time(value: Any, found: Mapping[str, str]) -> str:
    """What the pipeline makes of a join: each reference is replaced by the text of its value."""
    parts = value["Std:Join"]["Values"]
    assert value["Std:Join"]["On"] == ""
    return "".join(part if isinstance(part, str) else found[_reference(part)] for part in parts)


def _reference(part: Mapping[str, Any]) -> str:
    return part["Get"] if "Get" in part else part["Std:JsonGet"]["Path"]


def test_values_of_an_execution_come_into_the_card(workflow: Workflow) -> None:
    version = StringParameter("DataVersion", "first")
    search = TuningStep("Search", workflow.tuning)
    report = PropertyFile("Metrics", output="report", path="metrics.json")
    evaluate = ProcessingStep("Evaluate", workflow.evaluation, property_files=[report])
    best = search.properties.TrainingJobSummaries[0]
    card = ModelCard(
        'Which customers to call; "loyal" ones are not',
        purpose="Keep customers",
        risk="Low",
        training_job=best.TrainingJobArn,
        data=["s3://data/train"],
        image="123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1",
        hyperparameters={"leaves": best.TunedHyperParameters["leaves"], "seed": "7"},
        training_metrics={"auc": best.FinalHyperParameterTuningJobObjectiveMetric.Value},
        evaluations={"validation": {"auc": evaluate.property_file("Metrics").at("auc.value"), "limit": 0.8}},
        details={"data_version": version},
    )
    register = RegisterModelStep("Register", "group", workflow.model, artifact="s3://data/m.tar.gz", card=card)
    Pipeline(workflow.stack, "Pipeline", parameters=[version], steps=[search, evaluate, register])
    written = _registered(workflow.stack)
    assert written["ModelCardStatus"] == "Draft"
    place = "Steps.Search.TrainingJobSummaries[0]"
    found = {
        f"{place}.TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/best",
        f"{place}.TunedHyperParameters['leaves']": "5",
        f"{place}.FinalHyperParameterTuningJobObjectiveMetric.Value": "0.91",
        "auc.value": "0.93",
        "Parameters.DataVersion": "second",
    }
    content = json.loads(_at_run_time(written["ModelCardContent"], found))
    jsonschema.validate(content, SCHEMA)
    job = content["training_details"]["training_job_details"]
    assert job["hyper_parameters"] == [{"name": "leaves", "value": "5"}, {"name": "seed", "value": "7"}]
    assert job["training_metrics"] == [{"name": "auc", "value": 0.91}]
    [evaluation] = content["evaluation_details"]
    assert [(each["name"], each["value"]) for each in evaluation["metric_groups"][0]["metric_data"]] == [
        ("auc", 0.93),
        ("limit", 0.8),
    ]
    assert content["additional_information"] == {"custom_details": {"data_version": "second"}}


def test_a_card_of_words_alone_is_plain_text() -> None:
    content = ModelCard("Which customers to call").content
    assert isinstance(content, str)
    assert json.loads(content) == {
        "intended_uses": {"intended_uses": "Which customers to call", "risk_rating": "Unknown"}
    }


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"intended_uses": "x" * 2049}, "card.intended_uses may have at most 2048 characters, got: 2049"),
        ({"data": ["s3://data"] * 16}, "card.data may hold at most 15 entries"),
        ({"hyperparameters": {"x": "y" * 256}}, "card.hyperparameters['x'] may have at most 255 characters"),
        ({"evaluations": {"x" * 64: {}}}, "card.evaluations may have names of 1 to 63 characters, got: 64"),
        ({"risk": "Great"}, "card.risk must be a known value"),
        ({"details": {str(n): "x" * 1000 for n in range(101)}}, "card may have at most 100000 characters"),
    ],
)
def test_what_the_schema_refuses_is_refused_by_the_name_of_the_step(
    workflow: Workflow, given: dict[str, Any], refusal: str
) -> None:
    options: Any = {"intended_uses": "any", **given}
    card = ModelCard(**options)
    with pytest.raises(InvalidInput, match=re.escape(refusal)):
        RegisterModelStep("Register", "group", workflow.model, card=card)
