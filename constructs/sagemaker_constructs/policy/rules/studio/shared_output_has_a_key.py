"""Output of notebooks that people share."""

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


class SharedOutputHasAKey(PolicyRule):
    """Output of cells that goes along with a shared notebook is encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile"), "shared-output-has-a-key"
    )
    page = f"{API}/API_SharingSettings.html"
    fix = "Set SharingSettings.S3KmsKeyId, or NotebookOutputOption to Disabled."
    compliant: ClassVar[Resources] = {
        "Person": resource(
            "AWS::SageMaker::UserProfile",
            {"UserSettings": {"SharingSettings": {"NotebookOutputOption": "Allowed", "S3KmsKeyId": "alias/data"}}},
        )
    }
    broken: ClassVar[Resources] = {
        "Person": resource(
            "AWS::SageMaker::UserProfile", {"UserSettings": {"SharingSettings": {"NotebookOutputOption": "Allowed"}}}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key, where output is shared."""
        for settings in ("DefaultUserSettings", "UserSettings"):
            shared = subject.text(f"{settings}.SharingSettings.NotebookOutputOption") == "Allowed"
            if shared and subject.lacks(f"{settings}.SharingSettings.S3KmsKeyId"):
                yield f"{settings}.SharingSettings.S3KmsKeyId", "none"
