"""Failures of asynchronous endpoints."""

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

_OUTPUT = "AsyncInferenceConfig.OutputConfig"


class AsynchronousFailuresAreTold(PolicyRule):
    """A failed asynchronous request leaves a file or a message: its sender hears nothing else."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::EndpointConfig": "asynchronous-failures-are-told"}
    page = f"{GUIDE}/async-inference-monitor.html"
    fix = "Set S3FailurePath, or NotificationConfig.ErrorTopic."
    compliant: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {"AsyncInferenceConfig": {"OutputConfig": {"S3FailurePath": "s3://failed", "KmsKeyId": "alias/data"}}},
        )
    }
    broken: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://answers", "KmsKeyId": "alias/data"}}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Path and topic, where requests wait."""
        told = (f"{_OUTPUT}.S3FailurePath", f"{_OUTPUT}.NotificationConfig.ErrorTopic")
        if not subject.lacks("AsyncInferenceConfig") and all(subject.lacks(each) for each in told):
            yield f"{_OUTPUT}.S3FailurePath", "neither path nor topic"
