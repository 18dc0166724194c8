"""The REST API in front of an endpoint, from its settings."""

from aws_cdk import CfnOutput
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.front_door.front_door import FrontDoor
from sagemaker_constructs.serving.front_door.front_door_authorization import FrontDoorAuthorization
from sagemaker_constructs.serving.front_door.front_door_firewall import FrontDoorFirewall
from stacks.serving.front_door import settings

_ARRAY = apigateway.JsonSchemaType.ARRAY


def add_front_door(
    scope: Construct, chosen: settings.FrontDoorSettings, *, endpoint: EndpointBase, encryption_key: kms.IKey
) -> None:
    """Add the API, and its URL to the outputs of the stack."""
    door = FrontDoor(
        scope,
        "FrontDoor",
        endpoint=endpoint,
        encryption_key=encryption_key,
        authorization=_authorization(scope, chosen.authorization),
        request_schema=_rows(),
        requests_per_second=chosen.requests_per_second,
        burst=chosen.burst,
        allow_origins=chosen.allow_origins,
        streaming=chosen.streaming,
        web_acl_arn=FrontDoorFirewall(
            scope,
            "Firewall",
            encryption_key=encryption_key,
            requests_per_5_minutes=chosen.web_acl.requests_per_5_minutes,
        ).web_acl_arn
        if chosen.web_acl
        else None,
    )
    CfnOutput(scope, "FrontDoorUrl", value=door.url)


def _authorization(scope: Construct, chosen: settings.AuthorizationSettings) -> FrontDoorAuthorization:
    match chosen:
        case settings.IamAuthorizationSettings():
            return FrontDoorAuthorization.iam()
        case settings.CognitoAuthorizationSettings():
            return FrontDoorAuthorization.cognito(
                [
                    cognito.UserPool.from_user_pool_arn(scope, f"UserPool{index}", arn)
                    for index, arn in enumerate(chosen.user_pool_arns)
                ]
            )
        case settings.ApiKeyAuthorizationSettings():
            return FrontDoorAuthorization.api_key(
                requests_per_second=chosen.requests_per_second,
                burst=chosen.burst,
                requests_per_day=chosen.requests_per_day,
            )


def _rows() -> apigateway.JsonSchema:
    """``{"instances": [[…], …]}``: at least one row."""
    row = apigateway.JsonSchema(type=_ARRAY, min_items=1)
    return apigateway.JsonSchema(
        type=apigateway.JsonSchemaType.OBJECT,
        required=["instances"],
        properties={"instances": apigateway.JsonSchema(type=_ARRAY, min_items=1, items=row)},
    )
