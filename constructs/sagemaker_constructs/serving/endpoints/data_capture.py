"""Requests and responses of an endpoint, kept for monitoring."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, in_range, matches, no_more_than, one_of
from sagemaker_constructs.storage.object_access import bucket_facts, grant_write_objects, key_arn


@dataclass(frozen=True)
class DataCapture:
    """``percent`` of all invocations, as JSON lines below ``prefix`` in ``bucket``.

    ``mode`` says whether the request ("input"), the answer ("output") or both are kept.

    The bucket's encryption key encrypts them. CSV and JSON bodies are stored as text, others in Base64.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html
    """

    bucket: s3.IBucket
    percent: int = 100
    prefix: str = "captured"
    csv_content_types: Sequence[str] = ("text/csv",)
    json_content_types: Sequence[str] = ("application/json",)
    mode: Literal["input", "output", "both"] = "both"

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield in_range("percent", self.percent, 0, 100)
        yield one_of("mode", self.mode, ["input", "output", "both"])
        for kind, types in (("csv", self.csv_content_types), ("json", self.json_content_types)):
            yield no_more_than(f"{kind}_content_types", types, 10)
            for content_type in types:
                yield matches(
                    f"{kind}_content_types",
                    content_type,
                    r"[a-zA-Z0-9](-*[a-zA-Z0-9])*/[a-zA-Z0-9](-*[a-zA-Z0-9.])*",
                    "media types such as text/csv, without parameters",
                )

    def grant_write(self, grants: Grants) -> None:
        """Allow the roles of captured models to write here."""
        grant_write_objects(self.bucket, grants, f"{self.prefix}/*")

    def properties(self) -> dict[str, object]:
        """The ``DataCaptureConfig`` of an endpoint configuration."""
        facts = bucket_facts(self.bucket)
        properties: dict[str, object] = {
            "enableCapture": True,
            "initialSamplingPercentage": self.percent,
            "destinationS3Uri": facts.url(self.prefix),
            "captureOptions": [
                {"captureMode": mode.capitalize()} for mode in ("input", "output") if self.mode in (mode, "both")
            ],
        }
        headers = {"csvContentTypes": list(self.csv_content_types), "jsonContentTypes": list(self.json_content_types)}
        named = {name: types for name, types in headers.items() if types}
        if named:
            properties["captureContentTypeHeader"] = named
        if facts.encryption_key:
            properties["kmsKeyId"] = key_arn(facts.encryption_key)
        return properties
