"""How long the logs of an endpoint are kept."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import names_endpoint

_FOLDER = "/aws/sagemaker/Endpoints/"


class LogsOfEndpointsExpire(PolicyRule):
    """The log group of an endpoint, which SageMaker makes without one, has a retention."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Endpoint": "logs-of-endpoints-expire"}
    page = f"{GUIDE}/logging-cloudwatch.html"
    fix = "Add an AWS::Logs::LogGroup of the name /aws/sagemaker/Endpoints/ and the endpoint's, with a retention."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Endpoint": resource("AWS::SageMaker::Endpoint", {"EndpointName": "churn"}),
        "Logs": resource("AWS::Logs::LogGroup", {"LogGroupName": f"{_FOLDER}churn", "RetentionInDays": 365}),
    }
    broken: ClassVar[Resources] = {"Endpoint": resource("AWS::SageMaker::Endpoint", {"EndpointName": "churn"})}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Whether something in the app names its log group."""
        groups = subject.landscape.of_type(
            "AWS::Logs::LogGroup", "Custom::SageMakerLogRetention", "Custom::LogRetention"
        )
        for group in groups:
            name = group.text("LogGroupName")
            if name.startswith(_FOLDER) and names_endpoint(
                group, "LogGroupName", name.removeprefix(_FOLDER), subject
            ):
                return
        yield "EndpointName", "a log group that is kept for ever"
