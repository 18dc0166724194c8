"""Storage volumes of endpoints."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.rules.instance_types import has_local_storage
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    API,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import instance_variants


class VolumesOfEndpointsHaveAKey(PolicyRule):
    """The storage volumes of an endpoint's instances are encrypted with a customer managed key.

    Types with local disks encrypt these themselves, and take no key.
    """

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::EndpointConfig": "volumes-of-endpoints-have-a-key"}
    page = f"{API}/API_CreateEndpointConfig.html"
    fix = "Set KmsKeyId, and let the execution role create grants on the key."
    compliant: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {"KmsKeyId": "alias/data", "ProductionVariants": [{"InstanceType": "ml.c7i.large"}]},
        )
    }
    broken: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig", {"ProductionVariants": [{"InstanceType": "ml.c7i.large"}]}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key, where a variant has volumes."""
        types = [str(each.get("InstanceType", "")) for _, each in instance_variants(subject)]
        on_volumes = [each for each in types if each.startswith("ml.") and not has_local_storage(each)]
        if subject.lacks("KmsKeyId") and on_volumes and len(on_volumes) == len(types):
            yield "KmsKeyId", f"none for {', '.join(on_volumes)}"
