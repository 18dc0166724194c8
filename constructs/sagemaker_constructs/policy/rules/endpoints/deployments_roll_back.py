"""Deployments that take themselves back."""

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
from sagemaker_constructs.policy.relations import variants_of


class DeploymentsRollBack(PolicyRule):
    """A deployment to an endpoint has alarms that take it back."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Endpoint": "deployments-roll-back"}
    page = f"{GUIDE}/deployment-guardrails-configuration.html"
    fix = "Name alarms in DeploymentConfig.AutoRollbackConfiguration."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Endpoint": resource(
            "AWS::SageMaker::Endpoint",
            {
                "EndpointConfigName": "churn",
                "DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}},
            },
        )
    }
    broken: ClassVar[Resources] = {"Endpoint": resource("AWS::SageMaker::Endpoint", {"EndpointConfigName": "churn"})}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The alarms, but for serverless endpoints and shadow tests, which guardrails do not support."""
        configuration, fleets = variants_of(subject)
        if configuration is not None and (not fleets or not configuration.lacks("ShadowProductionVariants")):
            return
        if subject.lacks("DeploymentConfig.AutoRollbackConfiguration.Alarms"):
            yield "DeploymentConfig.AutoRollbackConfiguration.Alarms", "none"
