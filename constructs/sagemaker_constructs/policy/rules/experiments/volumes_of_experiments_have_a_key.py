"""Security Hub SageMaker.23."""

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


class VolumesOfExperimentsHaveAKey(PolicyRule):
    """The volumes of an inference experiment are encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::InferenceExperiment": "SageMaker.23"}
    page = f"{CONTROLS}#sagemaker-23"
    fix = "Set KmsKey; it replaces the experiment."
    compliant: ClassVar[Resources] = {
        "Test": resource("AWS::SageMaker::InferenceExperiment", {"KmsKey": "alias/data"})
    }
    broken: ClassVar[Resources] = {"Test": resource("AWS::SageMaker::InferenceExperiment")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key."""
        if subject.lacks("KmsKey"):
            yield "KmsKey", "none"
