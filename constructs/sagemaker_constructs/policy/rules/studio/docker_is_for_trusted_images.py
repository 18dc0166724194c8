"""Docker in Studio."""

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


class DockerIsForTrustedImages(PolicyRule):
    """Docker in Studio runs images of named accounts only."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Domain": "docker-is-for-trusted-images"}
    page = f"{API}/API_DockerSettings.html"
    fix = "List accounts in VpcOnlyTrustedAccounts, or take EnableDockerAccess away."
    compliant: ClassVar[Resources] = {
        "Domain": resource(
            "AWS::SageMaker::Domain",
            {
                "DomainSettings": {
                    "DockerSettings": {"EnableDockerAccess": "ENABLED", "VpcOnlyTrustedAccounts": ["123456789012"]}
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Domain": resource(
            "AWS::SageMaker::Domain", {"DomainSettings": {"DockerSettings": {"EnableDockerAccess": "ENABLED"}}}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The accounts, where Docker is on."""
        settings = "DomainSettings.DockerSettings"
        if subject.text(f"{settings}.EnableDockerAccess") == "ENABLED":
            if subject.lacks(f"{settings}.VpcOnlyTrustedAccounts"):
                yield f"{settings}.VpcOnlyTrustedAccounts", "none"
            elif subject.is_on(f"{settings}.RootlessDocker") is False and not subject.lacks(
                f"{settings}.RootlessDocker"
            ):
                yield f"{settings}.RootlessDocker", subject.text(f"{settings}.RootlessDocker")
