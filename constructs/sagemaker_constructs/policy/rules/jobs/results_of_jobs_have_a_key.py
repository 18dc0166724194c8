"""What jobs store."""

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

_OUTPUTS: Mapping[str, str] = {
    "CreateAutoMLJobV2": "OutputDataConfig",
    "CreateHyperParameterTuningJob": "TrainingJobDefinition.OutputDataConfig",
    "CreateLabelingJob": "OutputConfig",
    "CreateProcessingJob": "ProcessingOutputConfig",
    "CreateTrainingJob": "OutputDataConfig",
    "CreateTransformJob": "TransformOutput",
}


class ResultsOfJobsHaveAKey(PolicyRule):
    """What a job stores is encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(_OUTPUTS, "results-of-jobs-have-a-key")
    page = f"{GUIDE}/encryption-at-rest.html"
    fix = "Set KmsKeyId of the output."
    compliant: ClassVar[Resources] = {
        "Job": resource(
            "AWS::SageMaker::ProcessingJob",
            {"ProcessingOutputConfig": {"KmsKeyId": "alias/data", "Outputs": [{"OutputName": "clean"}]}},
        )
    }
    broken: ClassVar[Resources] = {
        "Job": resource(
            "AWS::SageMaker::ProcessingJob", {"ProcessingOutputConfig": {"Outputs": [{"OutputName": "clean"}]}}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key, where there is an output."""
        path = _OUTPUTS[subject.type]
        if not subject.lacks(path) and subject.lacks(f"{path}.KmsKeyId"):
            yield f"{path}.KmsKeyId", "none"
