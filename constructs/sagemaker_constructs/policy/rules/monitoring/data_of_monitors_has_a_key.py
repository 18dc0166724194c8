"""What monitoring jobs store."""

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
from sagemaker_constructs.policy.requests import monitoring_job

_KINDS = ("DataQuality", "ModelBias", "ModelExplainability", "ModelQuality")


class DataOfMonitorsHasAKey(PolicyRule):
    """The volume and the report of a monitoring job are encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(
        (*(f"AWS::SageMaker::{each}JobDefinition" for each in _KINDS), "AWS::SageMaker::MonitoringSchedule"),
        "data-of-monitors-has-a-key",
    )
    page = f"{GUIDE}/encryption-at-rest.html"
    fix = "Set VolumeKmsKeyId of the cluster and KmsKeyId of the output."
    compliant: ClassVar[Resources] = {
        "Job": resource(
            "AWS::SageMaker::DataQualityJobDefinition",
            {
                "JobResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "alias/data"}},
                "DataQualityJobOutputConfig": {"KmsKeyId": "alias/data"},
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Job": resource(
            "AWS::SageMaker::DataQualityJobDefinition",
            {"JobResources": {"ClusterConfig": {"InstanceType": "ml.m5.large"}}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Both keys, where the job is defined here."""
        path = monitoring_job(subject)
        if path is None:
            return
        kind = subject.type.rpartition("::")[2].removesuffix("JobDefinition")
        output = f"{path}MonitoringOutputConfig" if path else f"{kind}JobOutputConfig"
        cluster = f"{path}{'MonitoringResources' if path else 'JobResources'}.ClusterConfig"
        if not has_local_storage(subject.text(f"{cluster}.InstanceType")) and subject.lacks(
            f"{cluster}.VolumeKmsKeyId"
        ):
            yield f"{cluster}.VolumeKmsKeyId", "none"
        if subject.lacks(f"{output}.KmsKeyId"):
            yield f"{output}.KmsKeyId", "none"
