"""Known faults in images."""

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


class ImagesAreScanned(PolicyRule):
    """An image is scanned for known vulnerabilities when it is pushed."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::ECR::Repository": "images-are-scanned"}
    page = f"{SECURITY_HUB}/ecr-controls.html#ecr-1"
    fix = "Set ImageScanningConfiguration.ScanOnPush to true."
    compliant: ClassVar[Resources] = {
        "Images": resource(
            "AWS::ECR::Repository",
            {"ImageTagMutability": "IMMUTABLE", "ImageScanningConfiguration": {"ScanOnPush": True}},
        )
    }
    broken: ClassVar[Resources] = {"Images": resource("AWS::ECR::Repository", {"ImageTagMutability": "IMMUTABLE"})}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch."""
        if not subject.is_on("ImageScanningConfiguration.ScanOnPush"):
            yield "ImageScanningConfiguration.ScanOnPush", subject.value("ImageScanningConfiguration.ScanOnPush")
