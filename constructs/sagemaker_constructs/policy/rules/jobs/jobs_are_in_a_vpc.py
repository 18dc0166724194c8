"""The network of jobs."""

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

_PLACES: Mapping[str, str] = {
    "CreateHyperParameterTuningJob": "TrainingJobDefinition.VpcConfig",
    "CreateProcessingJob": "NetworkConfig.VpcConfig",
    "CreateTrainingJob": "VpcConfig",
}


class JobsAreInAVpc(PolicyRule):
    """A training, tuning or processing job reads its data through a VPC of its account."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(_PLACES, "jobs-are-in-a-vpc")
    page = f"{GUIDE}/train-vpc.html"
    fix = "Set VpcConfig to private subnets with an endpoint for S3."
    compliant: ClassVar[Resources] = {
        "Job": resource(
            "AWS::SageMaker::ProcessingJob",
            {
                "NetworkConfig": {
                    "EnableNetworkIsolation": True,
                    "VpcConfig": {"Subnets": ["subnet-a"], "SecurityGroupIds": ["sg-a"]},
                }
            },
        )
    }
    broken: ClassVar[Resources] = {"Job": resource("AWS::SageMaker::ProcessingJob")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The network, where the job is described here."""
        path = _PLACES[subject.type]
        described = subject.type != "CreateHyperParameterTuningJob" or not subject.lacks("TrainingJobDefinition")
        if described and (subject.lacks(f"{path}.Subnets") or subject.lacks(f"{path}.SecurityGroupIds")):
            yield path, "none"
