"""Known faults in images."""

from collections.abc import Iterator

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import SECURITY_HUB, PolicyRule, Told, resource


class ImagesAreScanned(PolicyRule):
    """An image is scanned for known vulnerabilities when it is pushed."""

    ids = {"AWS::ECR::Repository": "images-are-scanned"}
    page = f"{SECURITY_HUB}/ecr-controls.html#ecr-1"
    fix = "Set ImageScanningConfiguration.ScanOnPush to true."
    compliant = {
        "Images": resource(
            "AWS::ECR::Repository",
            {"ImageTagMutability": "IMMUTABLE", "ImageScanningConfiguration": {"ScanOnPush": True}},
        )
    }
    broken = {"Images": resource("AWS::ECR::Repository", {"ImageTagMutability": "IMMUTABLE"})}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch."""
        if not subject.is_on("ImageScanningConfiguration.ScanOnPush"):
            yield "ImageScanningConfiguration.ScanOnPush", subject.value("ImageScanningConfiguration.ScanOnPush")
