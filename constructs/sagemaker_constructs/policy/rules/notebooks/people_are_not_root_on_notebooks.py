"""Security Hub SageMaker.3."""

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


class PeopleAreNotRootOnNotebooks(PolicyRule):
    """People are not root on a notebook instance; its lifecycle scripts are all the same."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::NotebookInstance": "SageMaker.3"}
    page = f"{CONTROLS}#sagemaker-3"
    fix = "Set RootAccess to Disabled."
    compliant: ClassVar[Resources] = {
        "Notebook": resource("AWS::SageMaker::NotebookInstance", {"RootAccess": "Disabled"})
    }
    broken: ClassVar[Resources] = {
        "Notebook": resource("AWS::SageMaker::NotebookInstance", {"RootAccess": "Enabled"})
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, which is on by default."""
        access = subject.text("RootAccess") or "Enabled"
        if access == "Enabled":
            yield "RootAccess", access
