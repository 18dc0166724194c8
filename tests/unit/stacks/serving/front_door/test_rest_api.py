"""From the settings of the front door to who may come through it."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from sagemaker_constructs.serving.endpoints.imported_endpoint import ImportedEndpoint
from stacks.serving.front_door.rest_api import add_front_door
from stacks.serving.front_door.settings import FrontDoorSettings

POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_example"


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        ({"mode": "iam"}, {"AuthorizationType": "AWS_IAM", "ApiKeyRequired": False}),
        ({"mode": "cognito", "user_pool_arns": (POOL,)}, {"AuthorizationType": "COGNITO_USER_POOLS"}),
        ({"mode": "api_key"}, {"AuthorizationType": "NONE", "ApiKeyRequired": True}),
    ],
)
def test_callers_are_admitted_as_the_mode_says(
    stack: cdk.Stack, key: kms.IKey, authorization: dict[str, Any], expected: dict[str, Any]
) -> None:
    settings = FrontDoorSettings.model_validate(
        {"authorization": authorization, "burst": 7, "allow_origins": ("https://app.example.com",)}
    )

    add_front_door(
        stack, settings, endpoint=ImportedEndpoint(stack, "Endpoint", endpoint_name="churn"), encryption_key=key
    )

    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::ApiGateway::Method", {"HttpMethod": "POST", **expected})
    template.has_resource_properties("AWS::ApiGateway::Method", {"HttpMethod": "OPTIONS"})
    template.resource_count_is("AWS::ApiGateway::UsagePlan", int(authorization["mode"] == "api_key"))
    [stage] = template.find_resources("AWS::ApiGateway::Stage").values()
    assert stage["Properties"]["MethodSettings"][0]["ThrottlingBurstLimit"] == 7
