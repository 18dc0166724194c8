"""Security Hub SageMaker.21."""

from collections.abc import Iterator

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import CONTROLS, PolicyRule, Told, resource


class VolumesOfNotebooksHaveAKey(PolicyRule):
    """The volume of a notebook instance is encrypted with a customer managed key."""

    ids = {"AWS::SageMaker::NotebookInstance": "SageMaker.21"}
    page = f"{CONTROLS}#sagemaker-21"
    fix = "Set KmsKeyId; it replaces the instance."
    compliant = {"Notebook": resource("AWS::SageMaker::NotebookInstance", {"KmsKeyId": "alias/data"})}
    broken = {"Notebook": resource("AWS::SageMaker::NotebookInstance")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key."""
        if subject.lacks("KmsKeyId"):
            yield "KmsKeyId", "none"
