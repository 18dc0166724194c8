"""Security Hub SageMaker.18."""

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


class OnlineFeaturesHaveAKey(PolicyRule):
    """The online store of a feature group, of the standard kind, is encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::FeatureGroup": "SageMaker.18"}
    page = f"{CONTROLS}#sagemaker-18"
    fix = "Set OnlineStoreConfig.SecurityConfig.KmsKeyId; it replaces the feature group."
    compliant: ClassVar[Resources] = {
        "Group": resource(
            "AWS::SageMaker::FeatureGroup",
            {"OnlineStoreConfig": {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": "alias/data"}}},
        )
    }
    broken: ClassVar[Resources] = {
        "Group": resource("AWS::SageMaker::FeatureGroup", {"OnlineStoreConfig": {"EnableOnlineStore": True}})
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key, where there is an online store of the standard kind."""
        path = "OnlineStoreConfig.SecurityConfig.KmsKeyId"
        is_standard = subject.text("OnlineStoreConfig.StorageType") in ("", "Standard")
        if subject.is_on("OnlineStoreConfig.EnableOnlineStore") and is_standard and subject.lacks(path):
            yield path, "none"
