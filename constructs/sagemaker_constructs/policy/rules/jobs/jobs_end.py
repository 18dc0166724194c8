"""What a job costs that never ends."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    API,
    PolicyRule,
    Resources,
    Told,
    resource,
)

_PLACES: Mapping[str, str] = {
    "AWS::SageMaker::DataQualityJobDefinition": "StoppingCondition.MaxRuntimeInSeconds",
    "AWS::SageMaker::ModelBiasJobDefinition": "StoppingCondition.MaxRuntimeInSeconds",
    "AWS::SageMaker::ModelExplainabilityJobDefinition": "StoppingCondition.MaxRuntimeInSeconds",
    "AWS::SageMaker::ModelQualityJobDefinition": "StoppingCondition.MaxRuntimeInSeconds",
    "CreateAutoMLJobV2": "AutoMLProblemTypeConfig",
    "CreateProcessingJob": "StoppingCondition.MaxRuntimeInSeconds",
    "CreateTrainingJob": "StoppingCondition.MaxRuntimeInSeconds",
}


class JobsEnd(PolicyRule):
    """A job has a limit of its own: SageMaker's are a day or more."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(_PLACES, "jobs-end")
    page = f"{API}/API_StoppingCondition.html"
    fix = "Set StoppingCondition.MaxRuntimeInSeconds to what the job needs at worst."
    compliant: ClassVar[Resources] = {
        "Job": resource("AWS::SageMaker::ProcessingJob", {"StoppingCondition": {"MaxRuntimeInSeconds": 3600}})
    }
    broken: ClassVar[Resources] = {"Job": resource("AWS::SageMaker::ProcessingJob")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The limit."""
        if subject.lacks(_PLACES[subject.type]):
            yield _PLACES[subject.type], "none"
