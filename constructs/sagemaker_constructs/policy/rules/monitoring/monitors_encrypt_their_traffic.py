"""Security Hub SageMaker.9, SageMaker.10, SageMaker.13, SageMaker.15 and SageMaker.22."""

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

_SWITCH = "NetworkConfig.EnableInterContainerTrafficEncryption"


class MonitorsEncryptTheirTraffic(PolicyRule):
    """Traffic between the containers of a monitoring job is encrypted.

    Bias is looked at by Security Hub from two instances on.
    """

    ids: ClassVar[Mapping[str, str]] = {
        "AWS::SageMaker::DataQualityJobDefinition": "SageMaker.9",
        "AWS::SageMaker::ModelExplainabilityJobDefinition": "SageMaker.10",
        "AWS::SageMaker::ModelQualityJobDefinition": "SageMaker.13",
        "AWS::SageMaker::ModelBiasJobDefinition": "SageMaker.15",
        "AWS::SageMaker::MonitoringSchedule": "SageMaker.22",
    }
    page = f"{CONTROLS}#sagemaker-9"
    fix = "Set NetworkConfig.EnableInterContainerTrafficEncryption to true; a definition is replaced."
    compliant: ClassVar[Resources] = {
        "Job": resource(
            "AWS::SageMaker::DataQualityJobDefinition",
            {"NetworkConfig": {"EnableInterContainerTrafficEncryption": True}},
        )
    }
    broken: ClassVar[Resources] = {"Job": resource("AWS::SageMaker::DataQualityJobDefinition")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, where the job is defined here."""
        path = monitoring_job(subject)
        count = subject.value(f"{path}JobResources.ClusterConfig.InstanceCount")
        is_alone = subject.type.endswith("ModelBiasJobDefinition") and str(count or 1) == "1"
        if path is not None and not is_alone and not subject.is_on(path + _SWITCH):
            yield path + _SWITCH, subject.value(path + _SWITCH)
