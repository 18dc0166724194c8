"""Security Hub SageMaker.17."""

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


class OfflineFeaturesHaveAKey(PolicyRule):
    """The offline store of a feature group is encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::FeatureGroup": "SageMaker.17"}
    page = f"{CONTROLS}#sagemaker-17"
    fix = "Set OfflineStoreConfig.S3StorageConfig.KmsKeyId; it replaces the feature group."
    compliant: ClassVar[Resources] = {
        "Group": resource(
            "AWS::SageMaker::FeatureGroup", {"OfflineStoreConfig": {"S3StorageConfig": {"KmsKeyId": "alias/data"}}}
        )
    }
    broken: ClassVar[Resources] = {
        "Group": resource(
            "AWS::SageMaker::FeatureGroup", {"OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://features"}}}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key, where there is an offline store."""
        path = "OfflineStoreConfig.S3StorageConfig.KmsKeyId"
        if not subject.lacks("OfflineStoreConfig") and subject.lacks(path):
            yield path, "none"
