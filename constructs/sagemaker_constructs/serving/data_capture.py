"""Requests and responses of an endpoint, kept for monitoring."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.validation import in_range
from sagemaker_constructs.storage.object_access import grant_write_objects


@dataclass(frozen=True)
class DataCapture:
    """``percent`` of all invocations, input and output, as JSON lines below ``prefix`` in ``bucket``.

    The bucket's encryption key encrypts them. CSV and JSON bodies are stored as text, others in Base64.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html
    """

    bucket: s3.IBucket
    percent: int = 100
    prefix: str = "captured"
    csv_content_types: Sequence[str] = ("text/csv",)
    json_content_types: Sequence[str] = ("application/json",)

    def problems(self, name: str) -> Iterator[str | None]:
        """What AWS would refuse."""
        yield in_range(f"{name}.percent", self.percent, 0, 100)

    def grant_write(self, role: iam.IRole) -> None:
        """Let the role of a captured model write here."""
        grant_write_objects(self.bucket, role, f"{self.prefix}/*")

    def properties(self) -> dict[str, object]:
        """The ``DataCaptureConfig`` of an endpoint configuration."""
        properties: dict[str, object] = {
            "enableCapture": True,
            "initialSamplingPercentage": self.percent,
            "destinationS3Uri": self.bucket.s3_url_for_object(self.prefix),
            "captureOptions": [{"captureMode": "Input"}, {"captureMode": "Output"}],
            "captureContentTypeHeader": {
                "csvContentTypes": list(self.csv_content_types),
                "jsonContentTypes": list(self.json_content_types),
            },
        }
        if self.bucket.encryption_key:
            properties["kmsKeyId"] = self.bucket.encryption_key.key_arn
        return properties
