"""Traffic between the instances of a job."""

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

_PLACES: Mapping[str, tuple[str, str]] = {
    "CreateHyperParameterTuningJob": ("TrainingJobDefinition.", "TrainingJobDefinition.ResourceConfig"),
    "CreateProcessingJob": ("NetworkConfig.", "ProcessingResources.ClusterConfig"),
    "CreateTrainingJob": ("", "ResourceConfig"),
}


class JobsEncryptTheirTraffic(PolicyRule):
    """Traffic between the instances of one job is encrypted."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(_PLACES, "jobs-encrypt-their-traffic")
    page = f"{GUIDE}/train-encrypt.html"
    fix = "Set EnableInterContainerTrafficEncryption to true; distributed training takes longer with it."
    compliant: ClassVar[Resources] = {
        "Job": resource(
            "AWS::SageMaker::ProcessingJob",
            {
                "ProcessingResources": {"ClusterConfig": {"InstanceCount": 2, "VolumeKmsKeyId": "alias/data"}},
                "NetworkConfig": {"EnableInterContainerTrafficEncryption": True},
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Job": resource(
            "AWS::SageMaker::ProcessingJob",
            {"ProcessingResources": {"ClusterConfig": {"InstanceCount": 2, "VolumeKmsKeyId": "alias/data"}}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, from two instances on."""
        before, cluster = _PLACES[subject.type]
        count = subject.text(f"{cluster}.InstanceCount")
        path = f"{before}EnableInterContainerTrafficEncryption"
        if count.isdigit() and int(count) > 1 and not subject.is_on(path):
            yield path, subject.value(path)
