"""Requests in logs."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    PolicyRule,
    Resources,
    Told,
    resource,
)


class RequestsAreNotLoggedWhole(PolicyRule):
    """An API does not log whole requests and responses: these are people's data."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::ApiGateway::Stage": "requests-are-not-logged-whole"}
    page = "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"
    fix = "Set DataTraceEnabled to false; capture data of the endpoint instead, encrypted and for a while."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Stage": resource("AWS::ApiGateway::Stage", {"MethodSettings": [{"LoggingLevel": "ERROR"}]})
    }
    broken: ClassVar[Resources] = {
        "Stage": resource("AWS::ApiGateway::Stage", {"MethodSettings": [{"DataTraceEnabled": True}]})
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch of each setting."""
        for path, settings in subject.members("MethodSettings"):
            if str(settings.get("DataTraceEnabled")).lower() == "true":
                yield f"{path}.DataTraceEnabled", "true"
