"""The instance metadata of notebooks."""

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

_VERSION = "InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion"


class NotebooksAskForImdsV2(PolicyRule):
    """A notebook instance gives its role's credentials by version 2 of the instance metadata service alone."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::NotebookInstance": "notebooks-ask-for-imds-v2"}
    page = f"{GUIDE}/nbi-imds.html"
    fix = "Set MinimumInstanceMetadataServiceVersion to 2."
    compliant: ClassVar[Resources] = {
        "Notebook": resource(
            "AWS::SageMaker::NotebookInstance",
            {"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"}},
        )
    }
    broken: ClassVar[Resources] = {"Notebook": resource("AWS::SageMaker::NotebookInstance")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The version, which is 1 by default."""
        version = subject.text(_VERSION) or "1"
        if version == "1":
            yield _VERSION, version
