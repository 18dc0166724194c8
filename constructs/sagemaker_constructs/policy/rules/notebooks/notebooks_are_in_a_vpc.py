"""Security Hub SageMaker.2."""

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


class NotebooksAreInAVpc(PolicyRule):
    """A notebook instance is in a VPC of its account."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::NotebookInstance": "SageMaker.2"}
    page = f"{CONTROLS}#sagemaker-2"
    fix = "Set SubnetId and SecurityGroupIds."
    compliant: ClassVar[Resources] = {
        "Notebook": resource("AWS::SageMaker::NotebookInstance", {"SubnetId": "subnet-a"})
    }
    broken: ClassVar[Resources] = {"Notebook": resource("AWS::SageMaker::NotebookInstance")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The subnet."""
        if subject.lacks("SubnetId"):
            yield "SubnetId", "none"
