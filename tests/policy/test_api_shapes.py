"""Every SageMaker resource and job of the platform, judged by the API's own description."""

import json
from typing import Any

import pytest

from harness.api_shapes import problems_of_call, problems_of_resource
from harness.platform_templates import ENVIRONMENTS, synthesized


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_resource_would_be_refused(environment: str) -> None:
    judged = 0
    for stack in synthesized(environment):
        for name, resource in stack.resources("AWS::SageMaker::").items():
            kind = resource["Type"].rpartition("::")[2]
            assert problems_of_resource(kind, resource["Properties"]) == [], name
            judged += 1
    assert judged >= 3


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_job_would_be_refused(environment: str) -> None:
    judged = 0
    for stack in synthesized(environment):
        for name, resource in stack.resources("Custom::SageMaker").items():
            if not resource["Type"].endswith("Job"):
                continue
            kind = resource["Properties"]["Kind"]
            prefix = resource["Properties"]["NamePrefix"]
            request = _with_plausible_references(resource["Properties"]["Request"])
            assert problems_of_call(f"Create{kind}", {f"{kind}Name": f"{prefix}-{'0' * 16}", **request}) == [], name
            judged += 1
    assert judged >= 1


def _with_plausible_references(request: dict[str, Any]) -> dict[str, Any]:
    """The request as JSON; a reference in it becomes what it could be, judged by the text around it."""
    _, parts = request["Fn::Join"]
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        elif text.endswith('RoleArn":"'):
            text += "arn:aws:iam::123456789012:role/training"
        elif text.endswith("s3://"):
            text += "bucket"
        elif "Fn::Sub" in part:
            text += "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:tag"
        else:
            text += "id-0a1b2c3d"
    return json.loads(text)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"ProductionVariants": []}, "CreateEndpointConfig.ProductionVariants must have between 1 and 10"),
        (
            {"ProductionVariants": [{"VariantName": "bad_name"}]},
            "CreateEndpointConfig.ProductionVariants[0].VariantName must match",
        ),
        (
            {"ProductionVariants": [{"VariantName": "A", "InstanceType": "ml.m5.larg"}]},
            "CreateEndpointConfig.ProductionVariants[0].InstanceType must be one of",
        ),
        (
            {"ProductionVariants": [{"VariantName": "A", "InitialVariantWeight": -1}]},
            "CreateEndpointConfig.ProductionVariants[0].InitialVariantWeight must be between 0",
        ),
        ({"ProductionVariant": []}, "CreateEndpointConfig.ProductionVariants is required"),
    ],
)
def test_the_judge_sees_faults(change: dict[str, Any], problem: str) -> None:
    assert any(found.startswith(problem) for found in problems_of_resource("EndpointConfig", change))
