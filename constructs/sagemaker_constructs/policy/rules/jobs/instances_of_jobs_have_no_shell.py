"""Shells on the instances of training jobs."""

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


class InstancesOfJobsHaveNoShell(PolicyRule):
    """Nobody opens a shell in the containers of a training job: it has the data and the role."""

    ids: ClassVar[Mapping[str, str]] = {"CreateTrainingJob": "instances-of-jobs-have-no-shell"}
    page = f"{GUIDE}/train-remote-debugging.html"
    fix = "Take RemoteDebugConfig away when the job runs as it should."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Job": resource(
            "AWS::Scheduler::Schedule",
            {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createTrainingJob", "Input": "{}"}},
        )
    }
    broken: ClassVar[Resources] = {
        "Job": resource(
            "AWS::Scheduler::Schedule",
            {
                "Target": {
                    "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createTrainingJob",
                    "Input": '{"RemoteDebugConfig": {"EnableRemoteDebug": true}}',
                }
            },
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch."""
        path = "RemoteDebugConfig.EnableRemoteDebug"
        if subject.text(path).lower() == "true":
            yield path, "true"
