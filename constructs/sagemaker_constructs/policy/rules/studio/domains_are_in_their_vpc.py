"""The network of Studio."""

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


class DomainsAreInTheirVpc(PolicyRule):
    """The applications of a domain reach what its VPC reaches, and nothing else."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Domain": "domains-are-in-their-vpc"}
    page = f"{GUIDE}/studio-notebooks-and-internet-access.html"
    fix = "Set AppNetworkAccessType to VpcOnly, and security groups in DefaultUserSettings."
    compliant: ClassVar[Resources] = {
        "Domain": resource(
            "AWS::SageMaker::Domain",
            {"AppNetworkAccessType": "VpcOnly", "DefaultUserSettings": {"SecurityGroups": ["sg-a"]}},
        )
    }
    broken: ClassVar[Resources] = {
        "Domain": resource("AWS::SageMaker::Domain", {"AppNetworkAccessType": "PublicInternetOnly"})
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The way out, which is the internet by default."""
        access = subject.text("AppNetworkAccessType") or "PublicInternetOnly"
        if access == "PublicInternetOnly":
            yield "AppNetworkAccessType", access
        elif subject.lacks("DefaultUserSettings.SecurityGroups"):
            yield "DefaultUserSettings.SecurityGroups", "none"
