"""What a notebook instance costs that nobody stops."""

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


class NotebooksStop(PolicyRule):
    """A notebook instance has a lifecycle configuration, which stops it when nobody uses it."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::NotebookInstance": "notebooks-stop"}
    page = f"{GUIDE}/notebook-lifecycle-config.html"
    fix = "Set LifecycleConfigName to a configuration that stops idle instances."
    compliant: ClassVar[Resources] = {
        "Notebook": resource("AWS::SageMaker::NotebookInstance", {"LifecycleConfigName": "stop-when-idle"})
    }
    broken: ClassVar[Resources] = {"Notebook": resource("AWS::SageMaker::NotebookInstance")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The configuration; what its scripts do is not read."""
        if subject.lacks("LifecycleConfigName"):
            yield "LifecycleConfigName", "none"
