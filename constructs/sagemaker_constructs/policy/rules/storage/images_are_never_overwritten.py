"""Tags of images."""

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


class ImagesAreNeverOverwritten(PolicyRule):
    """An image in a repository is never overwritten: what a model was tested with is what it is served with."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::ECR::Repository": "images-are-never-overwritten"}
    page = f"{SECURITY_HUB}/ecr-controls.html#ecr-2"
    fix = "Set ImageTagMutability to IMMUTABLE."
    compliant: ClassVar[Resources] = {
        "Images": resource(
            "AWS::ECR::Repository",
            {"ImageTagMutability": "IMMUTABLE", "ImageScanningConfiguration": {"ScanOnPush": True}},
        )
    }
    broken: ClassVar[Resources] = {
        "Images": resource("AWS::ECR::Repository", {"ImageScanningConfiguration": {"ScanOnPush": True}})
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, which is off by default."""
        mutability = subject.text("ImageTagMutability") or "MUTABLE"
        if mutability.startswith("MUTABLE"):
            yield "ImageTagMutability", mutability
