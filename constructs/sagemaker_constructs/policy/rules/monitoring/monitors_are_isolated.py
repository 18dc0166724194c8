"""Security Hub SageMaker.11, SageMaker.12, SageMaker.14, SageMaker.20 and SageMaker.25."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    CONTROLS,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.requests import monitoring_job

_SWITCH = "NetworkConfig.EnableNetworkIsolation"


class MonitorsAreIsolated(PolicyRule):
    """The containers of a monitoring job make no calls: network isolation is on."""

    ids: ClassVar[Mapping[str, str]] = {
        "AWS::SageMaker::DataQualityJobDefinition": "SageMaker.11",
        "AWS::SageMaker::ModelBiasJobDefinition": "SageMaker.12",
        "AWS::SageMaker::MonitoringSchedule": "SageMaker.14",
        "AWS::SageMaker::ModelExplainabilityJobDefinition": "SageMaker.20",
        "AWS::SageMaker::ModelQualityJobDefinition": "SageMaker.25",
    }
    page = f"{CONTROLS}#sagemaker-11"
    fix = "Set NetworkConfig.EnableNetworkIsolation to true; a definition is replaced."
    compliant: ClassVar[Resources] = {
        "Job": resource("AWS::SageMaker::ModelBiasJobDefinition", {"NetworkConfig": {"EnableNetworkIsolation": True}})
    }
    broken: ClassVar[Resources] = {"Job": resource("AWS::SageMaker::ModelBiasJobDefinition")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, where the job is defined here."""
        path = monitoring_job(subject)
        if path is not None and not subject.is_on(path + _SWITCH):
            yield path + _SWITCH, subject.value(path + _SWITCH)
