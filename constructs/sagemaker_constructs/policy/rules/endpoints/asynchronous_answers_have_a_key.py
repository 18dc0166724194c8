"""Answers of asynchronous endpoints."""

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


class AsynchronousAnswersHaveAKey(PolicyRule):
    """The answers of an asynchronous endpoint are encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::EndpointConfig": "asynchronous-answers-have-a-key"}
    page = f"{GUIDE}/async-inference-create-endpoint.html"
    fix = "Set AsyncInferenceConfig.OutputConfig.KmsKeyId."
    compliant: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {
                "AsyncInferenceConfig": {
                    "OutputConfig": {
                        "S3OutputPath": "s3://answers/good",
                        "S3FailurePath": "s3://answers/failed",
                        "KmsKeyId": "alias/data",
                    }
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {
                "AsyncInferenceConfig": {
                    "OutputConfig": {"S3OutputPath": "s3://answers", "S3FailurePath": "s3://failed"}
                }
            },
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key, where requests wait."""
        if not subject.lacks("AsyncInferenceConfig") and subject.lacks("AsyncInferenceConfig.OutputConfig.KmsKeyId"):
            yield "AsyncInferenceConfig.OutputConfig.KmsKeyId", "none"
