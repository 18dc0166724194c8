"""Requests and responses that an endpoint keeps."""

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


class CapturedDataHasAKey(PolicyRule):
    """Captured requests and responses are encrypted with a customer managed key."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::EndpointConfig": "captured-data-has-a-key"}
    page = f"{GUIDE}/model-monitor-data-capture-endpoint.html"
    fix = "Set DataCaptureConfig.KmsKeyId."
    compliant: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {"DataCaptureConfig": {"DestinationS3Uri": "s3://captured", "KmsKeyId": "alias/data"}},
        )
    }
    broken: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig", {"DataCaptureConfig": {"DestinationS3Uri": "s3://captured"}}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The key, where something is captured."""
        captures = (
            not subject.lacks("DataCaptureConfig") and subject.value("DataCaptureConfig.EnableCapture") is not False
        )
        if captures and subject.lacks("DataCaptureConfig.KmsKeyId"):
            yield "DataCaptureConfig.KmsKeyId", "none"
