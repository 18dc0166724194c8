"""Security Hub SageMaker.21."""

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


class VolumesOfNotebooksHaveAKey(PolicyRule):
    """The volume of a notebook instance is encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::NotebookInstance": "SageMaker.21"}
    page = f"{CONTROLS}#sagemaker-21"
    fix = "Set KmsKeyId; it replaces the instance."
    compliant: ClassVar[Resources] = {
        "Notebook": resource("AWS::SageMaker::NotebookInstance", {"KmsKeyId": "alias/data"})
    }
    broken: ClassVar[Resources] = {"Notebook": resource("AWS::SageMaker::NotebookInstance")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key."""
        if subject.lacks("KmsKeyId"):
            yield "KmsKeyId", "none"
