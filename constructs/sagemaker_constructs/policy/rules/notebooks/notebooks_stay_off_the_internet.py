"""Security Hub SageMaker.1."""

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


class NotebooksStayOffTheInternet(PolicyRule):
    """A notebook instance has no direct internet access: what leaves it passes the VPC."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::NotebookInstance": "SageMaker.1"}
    page = f"{CONTROLS}#sagemaker-1"
    fix = "Set DirectInternetAccess to Disabled, with a SubnetId."
    compliant: ClassVar[Resources] = {
        "Notebook": resource(
            "AWS::SageMaker::NotebookInstance", {"DirectInternetAccess": "Disabled", "SubnetId": "subnet-a"}
        )
    }
    broken: ClassVar[Resources] = {"Notebook": resource("AWS::SageMaker::NotebookInstance", {"SubnetId": "subnet-a"})}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, which is on by default."""
        access = subject.text("DirectInternetAccess") or "Enabled"
        if access == "Enabled":
            yield "DirectInternetAccess", access
