"""Updates of endpoints that scale."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    API,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import scalable_targets_of

_TARGET = resource(
    "AWS::ApplicationAutoScaling::ScalableTarget",
    {
        "ServiceNamespace": "sagemaker",
        "ResourceId": {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/A"},
        "ScheduledActions": [{"ScheduledActionName": "morning"}],
    },
)
_ROLLBACK = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}


class UpdatesKeepWhatScalingSet(PolicyRule):
    """An update of an endpoint that scales keeps the number of instances that scaling has set."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Endpoint": "updates-keep-what-scaling-set"}
    page = f"{API}/API_UpdateEndpoint.html"
    fix = "Set RetainAllVariantProperties to true."
    compliant: ClassVar[Resources] = {
        "Endpoint": resource(
            "AWS::SageMaker::Endpoint", {"DeploymentConfig": _ROLLBACK, "RetainAllVariantProperties": True}
        ),
        "Target": _TARGET,
    }
    broken: ClassVar[Resources] = {
        "Endpoint": resource("AWS::SageMaker::Endpoint", {"DeploymentConfig": _ROLLBACK}),
        "Target": _TARGET,
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, where a variant scales."""
        if any(scalable_targets_of(subject)) and not subject.is_on("RetainAllVariantProperties"):
            yield "RetainAllVariantProperties", subject.value("RetainAllVariantProperties")
