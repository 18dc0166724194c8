"""Rotation of keys."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    SECURITY_HUB,
    PolicyRule,
    Resources,
    Told,
    resource,
)


class KeysRotate(PolicyRule):
    """A customer managed key rotates."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::KMS::Key": "keys-rotate"}
    page = f"{SECURITY_HUB}/kms-controls.html#kms-4"
    fix = "Set EnableKeyRotation to true."
    compliant: ClassVar[Resources] = {"Key": resource("AWS::KMS::Key", {"EnableKeyRotation": True})}
    broken: ClassVar[Resources] = {"Key": resource("AWS::KMS::Key")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch of symmetric keys, which alone rotate by themselves."""
        symmetric = subject.text("KeySpec") in ("", "SYMMETRIC_DEFAULT") and subject.text("Origin") in ("", "AWS_KMS")
        if symmetric and not subject.is_on("EnableKeyRotation"):
            yield "EnableKeyRotation", subject.value("EnableKeyRotation")
