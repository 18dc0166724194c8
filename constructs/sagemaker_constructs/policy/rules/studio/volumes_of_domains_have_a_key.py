"""Homes of people in Studio."""

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


class VolumesOfDomainsHaveAKey(PolicyRule):
    """The file system and volumes of a domain are encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Domain": "volumes-of-domains-have-a-key"}
    page = f"{GUIDE}/encryption-at-rest-studio.html"
    fix = "Set KmsKeyId; it replaces the domain."
    compliant: ClassVar[Resources] = {"Domain": resource("AWS::SageMaker::Domain", {"KmsKeyId": "alias/data"})}
    broken: ClassVar[Resources] = {"Domain": resource("AWS::SageMaker::Domain")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key, under its name or the one that it had."""
        if subject.lacks("KmsKeyId") and subject.lacks("HomeEfsFileSystemKmsKeyId"):
            yield "KmsKeyId", "none"
