"""How many requests."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import is_front_door

_DOOR = {
    "Api": resource("AWS::ApiGateway::RestApi", {"Name": "churn"}),
    "Post": resource(
        "AWS::ApiGateway::Method",
        {
            "RestApiId": {"Ref": "Api"},
            "HttpMethod": "POST",
            "AuthorizationType": "AWS_IAM",
            "Integration": {"Uri": "arn:aws:apigateway:us-east-1:runtime.sagemaker:path/endpoints/churn/invocations"},
        },
    ),
}


class ApisAreThrottled(PolicyRule):
    """An API in front of an endpoint has a limit of requests: the account's own is ten thousand in a second."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::ApiGateway::Stage": "apis-are-throttled"}
    page = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html"
    fix = "Set ThrottlingRateLimit and ThrottlingBurstLimit in MethodSettings."
    compliant: ClassVar[Resources] = {
        **_DOOR,
        "Stage": resource(
            "AWS::ApiGateway::Stage",
            {
                "RestApiId": {"Ref": "Api"},
                "MethodSettings": [{"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}],
            },
        ),
    }
    broken: ClassVar[Resources] = {
        **_DOOR,
        "Stage": resource("AWS::ApiGateway::Stage", {"RestApiId": {"Ref": "Api"}}),
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The limit of the stage."""
        api = subject.landscape.referred(subject, subject.value("RestApiId"))
        limited = any("ThrottlingRateLimit" in each for _, each in subject.members("MethodSettings"))
        if api is not None and is_front_door(api) and not limited:
            yield "MethodSettings", "no ThrottlingRateLimit"
