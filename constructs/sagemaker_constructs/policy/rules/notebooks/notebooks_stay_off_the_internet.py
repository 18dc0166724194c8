"""Security Hub SageMaker.1."""

from collections.abc import Iterator

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import CONTROLS, PolicyRule, Told, resource


class NotebooksStayOffTheInternet(PolicyRule):
    """A notebook instance has no direct internet access: what leaves it passes the VPC."""

    ids = {"AWS::SageMaker::NotebookInstance": "SageMaker.1"}
    page = f"{CONTROLS}#sagemaker-1"
    fix = "Set DirectInternetAccess to Disabled, with a SubnetId."
    compliant = {
        "Notebook": resource(
            "AWS::SageMaker::NotebookInstance", {"DirectInternetAccess": "Disabled", "SubnetId": "subnet-a"}
        )
    }
    broken = {"Notebook": resource("AWS::SageMaker::NotebookInstance", {"SubnetId": "subnet-a"})}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, which is on by default."""
        access = subject.text("DirectInternetAccess") or "Enabled"
        if access == "Enabled":
            yield "DirectInternetAccess", access
