"""Storage volumes of jobs."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.rules.instance_types import has_local_storage
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)

_CLUSTERS: Mapping[str, str] = {
    "CreateHyperParameterTuningJob": "TrainingJobDefinition.ResourceConfig",
    "CreateProcessingJob": "ProcessingResources.ClusterConfig",
    "CreateTrainingJob": "ResourceConfig",
    "CreateTransformJob": "TransformResources",
}


class VolumesOfJobsHaveAKey(PolicyRule):
    """The storage volumes of a job's instances are encrypted with a customer managed key.

    Types with local disks encrypt these themselves, and take no key.
    """

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(_CLUSTERS, "volumes-of-jobs-have-a-key")
    page = f"{GUIDE}/encryption-at-rest.html"
    fix = "Set VolumeKmsKeyId, and let the role of the job create grants on the key."
    compliant: ClassVar[Resources] = {
        "Job": resource(
            "AWS::SageMaker::ProcessingJob",
            {
                "ProcessingResources": {
                    "ClusterConfig": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "alias/data"}
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Job": resource(
            "AWS::SageMaker::ProcessingJob",
            {"ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large"}}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key, where the instance type is known to have volumes."""
        cluster = _CLUSTERS[subject.type]
        instance_type = subject.text(f"{cluster}.InstanceType")
        has_volume = instance_type.startswith("ml.") and not has_local_storage(instance_type)
        if has_volume and subject.lacks(f"{cluster}.VolumeKmsKeyId"):
            yield f"{cluster}.VolumeKmsKeyId", f"none for {instance_type}"
