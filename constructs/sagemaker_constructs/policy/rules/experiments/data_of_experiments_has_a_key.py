"""Security Hub SageMaker.24."""

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


class DataOfExperimentsHasAKey(PolicyRule):
    """What an inference experiment captures is encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::InferenceExperiment": "SageMaker.24"}
    page = f"{CONTROLS}#sagemaker-24"
    fix = "Set DataStorageConfig.KmsKey."
    compliant: ClassVar[Resources] = {
        "Test": resource(
            "AWS::SageMaker::InferenceExperiment",
            {"DataStorageConfig": {"Destination": "s3://captured", "KmsKey": "alias/data"}},
        )
    }
    broken: ClassVar[Resources] = {
        "Test": resource(
            "AWS::SageMaker::InferenceExperiment", {"DataStorageConfig": {"Destination": "s3://captured"}}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key, where something is captured."""
        if not subject.lacks("DataStorageConfig") and subject.lacks("DataStorageConfig.KmsKey"):
            yield "DataStorageConfig.KmsKey", "none"
