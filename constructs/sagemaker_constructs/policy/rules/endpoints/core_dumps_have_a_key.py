"""Core dumps of model containers."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.intrinsics import is_structure
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    API,
    PolicyRule,
    Resources,
    Told,
    resource,
)


class CoreDumpsHaveAKey(PolicyRule):
    """A core dump, which holds the memory of a model's process, is encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::EndpointConfig": "core-dumps-have-a-key"}
    page = f"{API}/API_ProductionVariantCoreDumpConfig.html"
    fix = "Set CoreDumpConfig.KmsKeyId, or take CoreDumpConfig away."
    compliant: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {
                "ProductionVariants": [
                    {"CoreDumpConfig": {"DestinationS3Uri": "s3://dumps", "KmsKeyId": "alias/data"}}
                ]
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {"ProductionVariants": [{"CoreDumpConfig": {"DestinationS3Uri": "s3://dumps"}}]},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key of each variant that dumps."""
        for fleet in ("ProductionVariants", "ShadowProductionVariants"):
            for path, variant in subject.members(fleet):
                configured = variant.get("CoreDumpConfig")
                if is_structure(configured) and configured and not configured.get("KmsKeyId"):
                    yield f"{path}.CoreDumpConfig.KmsKeyId", "none"
