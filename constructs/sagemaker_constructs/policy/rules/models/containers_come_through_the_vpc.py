"""Security Hub SageMaker.19."""

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


class ContainersComeThroughTheVpc(PolicyRule):
    """All containers of an inference pipeline come from a private registry in the VPC.

    Images of Amazon ECR fail it: ask for it where there is such a registry.
    """

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Model": "SageMaker.19"}
    page = f"{CONTROLS}#sagemaker-19"
    fix = "Set ImageConfig.RepositoryAccessMode of each container to Vpc."
    opt_in = True
    compliant: ClassVar[Resources] = {
        "Model": resource("AWS::SageMaker::Model", {"Containers": [{"ImageConfig": {"RepositoryAccessMode": "Vpc"}}]})
    }
    broken: ClassVar[Resources] = {"Model": resource("AWS::SageMaker::Model", {"Containers": [{"Image": "churn"}]})}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The way to the registry of each container."""
        for path, container in subject.members("Containers"):
            mode = container.get("ImageConfig", {}).get("RepositoryAccessMode", "Platform")
            if mode != "Vpc":
                yield f"{path}.ImageConfig.RepositoryAccessMode", mode
