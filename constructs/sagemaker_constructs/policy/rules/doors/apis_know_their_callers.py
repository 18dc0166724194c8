"""Who may call."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import invokes_endpoints, is_front_door

_API = resource("AWS::ApiGateway::RestApi", {"Name": "churn"})
_INTEGRATION = {
    "Type": "AWS",
    "Uri": "arn:aws:apigateway:us-east-1:runtime.sagemaker:path/endpoints/churn/invocations",
}


class ApisKnowTheirCallers(PolicyRule):
    """An API or URL in front of an endpoint authorizes its callers: each request is paid for."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route", "AWS::Lambda::Url"), "apis-know-their-callers"
    )
    page = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html"
    fix = "Set AuthorizationType to AWS_IAM, or name an authorizer."
    compliant: ClassVar[Resources] = {
        "Api": _API,
        "Post": resource(
            "AWS::ApiGateway::Method",
            {
                "RestApiId": {"Ref": "Api"},
                "HttpMethod": "POST",
                "AuthorizationType": "AWS_IAM",
                "Integration": _INTEGRATION,
            },
        ),
    }
    broken: ClassVar[Resources] = {
        "Api": _API,
        "Post": resource(
            "AWS::ApiGateway::Method",
            {
                "RestApiId": {"Ref": "Api"},
                "HttpMethod": "POST",
                "AuthorizationType": "NONE",
                "Integration": _INTEGRATION,
            },
        ),
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The kind of authorization. An API key counts for one; a preflight request has none."""
        if subject.type == "AWS::Lambda::Url":
            function = subject.landscape.referred(subject, subject.value("TargetFunctionArn"))
            if subject.text("AuthType") == "NONE" and function is not None and invokes_endpoints(function):
                yield "AuthType", "NONE"
            return
        api = subject.landscape.referred(subject, subject.value("RestApiId") or subject.value("ApiId"))
        if api is None or not is_front_door(api) or subject.is_on("ApiKeyRequired"):
            return
        preflight = subject.text("HttpMethod") == "OPTIONS" or subject.text("RouteKey").startswith("OPTIONS ")
        if subject.text("AuthorizationType") in ("", "NONE") and not preflight:
            yield "AuthorizationType", subject.text("AuthorizationType") or "NONE"
