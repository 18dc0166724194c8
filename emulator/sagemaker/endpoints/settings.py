"""Settings of an endpoint configuration that are read when requests come: data capture and asynchronous inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DataCaptureConfig:
    """Settings of data capture.

    Args:
        given: The DataCaptureConfig of CreateEndpointConfig.
    """

    given: Mapping[str, Any]

    @property
    def enabled(self) -> bool:
        """Whether anything is captured."""
        return bool(self.given.get("EnableCapture", True))

    @property
    def percentage(self) -> float:
        """Share of the requests that is captured."""
        return float(self.given["InitialSamplingPercentage"])

    @property
    def destination(self) -> str:
        """S3 URI of the prefix, without a slash at its end."""
        return str(self.given["DestinationS3Uri"]).rstrip("/")

    @property
    def modes(self) -> frozenset[str]:
        """Of `Input`, `Output` and `InputAndOutput`."""
        options: Sequence[Mapping[str, str]] = self.given["CaptureOptions"]
        return frozenset(option["CaptureMode"] for option in options)

    @property
    def content_types(self) -> Mapping[str, Sequence[str]]:
        """Media types that are written as text, by encoding."""
        header: Mapping[str, Sequence[str]] = self.given.get("CaptureContentTypeHeader") or {}
        return {"CSV": header.get("CsvContentTypes", ()), "JSON": header.get("JsonContentTypes", ())}

    def described(self) -> dict[str, Any]:
        """The DataCaptureConfig that DescribeEndpoint shows."""
        return {
            "EnableCapture": self.enabled,
            "CaptureStatus": "Started" if self.enabled else "Stopped",
            "CurrentSamplingPercentage": self.given["InitialSamplingPercentage"],
            "DestinationS3Uri": self.given["DestinationS3Uri"],
            "KmsKeyId": self.given.get("KmsKeyId", ""),
        }


@dataclass(frozen=True)
class AsyncInferenceConfig:
    """Settings of an asynchronous endpoint.

    Args:
        given: The AsyncInferenceConfig of CreateEndpointConfig.
    """

    given: Mapping[str, Any]

    @property
    def concurrent_per_instance(self) -> int | None:
        """How many requests an instance works on at a time; None leaves it to SageMaker."""
        client: Mapping[str, int] = self.given.get("ClientConfig") or {}
        return client.get("MaxConcurrentInvocationsPerInstance")

    @property
    def output_path(self) -> str | None:
        """S3 URI of the prefix of answers."""
        return self._output.get("S3OutputPath")

    @property
    def failure_path(self) -> str | None:
        """S3 URI of the prefix of failures."""
        return self._output.get("S3FailurePath")

    @property
    def success_topic(self) -> str | None:
        """ARN of the topic that is told of answers."""
        return self._topics.get("SuccessTopic")

    @property
    def error_topic(self) -> str | None:
        """ARN of the topic that is told of failures."""
        return self._topics.get("ErrorTopic")

    @property
    def _topics(self) -> Mapping[str, str]:
        return self._output.get("NotificationConfig") or {}

    @property
    def _output(self) -> Mapping[str, Any]:
        return self.given["OutputConfig"]
