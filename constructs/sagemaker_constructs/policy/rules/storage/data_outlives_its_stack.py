"""What happens to data with its stack."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import used_by_sagemaker

_KEPT = ("Retain", "RetainExceptOnCreate", "Snapshot")
_OF_SAGEMAKER = ("AWS::SageMaker::FeatureGroup", "AWS::SageMaker::ModelPackageGroup")


class DataOutlivesItsStack(PolicyRule):
    """Data, and the keys that it is encrypted with, outlive their stack and a replacement of their resource."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("AWS::DynamoDB::Table", "AWS::ECR::Repository", "AWS::KMS::Key", "AWS::S3::Bucket", *_OF_SAGEMAKER),
        "data-outlives-its-stack",
    )
    page = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"
    fix = "Set DeletionPolicy and UpdateReplacePolicy to Retain."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Group": resource("AWS::SageMaker::FeatureGroup", DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    }
    broken: ClassVar[Resources] = {"Group": resource("AWS::SageMaker::FeatureGroup", DeletionPolicy="Delete")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Both policies, of what SageMaker has or is given."""
        if subject.type not in _OF_SAGEMAKER and not used_by_sagemaker(subject):
            return
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            chosen = str(subject.resource.get(policy, "Delete"))
            if chosen not in _KEPT:
                yield "", f"{policy} {chosen}"
