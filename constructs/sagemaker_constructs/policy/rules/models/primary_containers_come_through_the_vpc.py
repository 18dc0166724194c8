"""Security Hub SageMaker.16."""

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


class PrimaryContainersComeThroughTheVpc(PolicyRule):
    """The primary container of a model comes from a private registry in the VPC.

    Images of Amazon ECR fail it: ask for it where there is such a registry.
    """

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Model": "SageMaker.16"}
    page = f"{CONTROLS}#sagemaker-16"
    fix = "Set PrimaryContainer.ImageConfig.RepositoryAccessMode to Vpc."
    opt_in = True
    compliant: ClassVar[Resources] = {
        "Model": resource(
            "AWS::SageMaker::Model", {"PrimaryContainer": {"ImageConfig": {"RepositoryAccessMode": "Vpc"}}}
        )
    }
    broken: ClassVar[Resources] = {
        "Model": resource(
            "AWS::SageMaker::Model", {"PrimaryContainer": {"ImageConfig": {"RepositoryAccessMode": "Platform"}}}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The way to the registry."""
        path = "PrimaryContainer.ImageConfig.RepositoryAccessMode"
        if not subject.lacks("PrimaryContainer") and subject.text(path) != "Vpc":
            yield path, subject.text(path) or "Platform"
