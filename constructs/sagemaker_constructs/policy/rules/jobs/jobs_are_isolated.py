"""What the containers of jobs reach."""

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

_SWITCHES: Mapping[str, str] = {
    "CreateHyperParameterTuningJob": "TrainingJobDefinition.EnableNetworkIsolation",
    "CreateProcessingJob": "NetworkConfig.EnableNetworkIsolation",
    "CreateTrainingJob": "EnableNetworkIsolation",
}


class JobsAreIsolated(PolicyRule):
    """The containers of a training, tuning or processing job make no calls: network isolation is on."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(_SWITCHES, "jobs-are-isolated")
    page = f"{GUIDE}/mkt-algo-model-internet-free.html"
    fix = "Set EnableNetworkIsolation to true; SageMaker itself loads the data and stores the results."
    compliant: ClassVar[Resources] = {
        "Job": resource("AWS::SageMaker::ProcessingJob", {"NetworkConfig": {"EnableNetworkIsolation": True}})
    }
    broken: ClassVar[Resources] = {"Job": resource("AWS::SageMaker::ProcessingJob")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, where the job is described here."""
        path = _SWITCHES[subject.type]
        described = subject.type != "CreateHyperParameterTuningJob" or not subject.lacks("TrainingJobDefinition")
        if described and not subject.is_on(path):
            yield path, subject.value(path)
        for member, definition in subject.members("TrainingJobDefinitions"):
            if str(definition.get("EnableNetworkIsolation")).lower() == "false":
                yield f"{member}.EnableNetworkIsolation", "false"
