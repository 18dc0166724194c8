"""One invocation: what a caller sent, filtered once for the container, and what the container answered.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

_PREFIX = "x-amzn-sagemaker-"
_MODEL = f"{_PREFIX}target-model"
_ATTRIBUTES = f"{_PREFIX}custom-attributes"
_INFERENCE_ID = f"{_PREFIX}inference-id"
_PASSED: Mapping[str, str] = {
    "content-type": "content-type",
    "accept": "accept",
    f"{_PREFIX}accept": "accept",
    **{name: name for name in (_ATTRIBUTES, _INFERENCE_ID, _MODEL, f"{_PREFIX}session-id")},
}
"""Headers of a caller that a container sees, and what they are called there; all others stay outside."""


@dataclass(frozen=True)
class Invocation:
    """A request on its way from the caller to a container.

    Args:
        body: Payload.
        headers: What the container sees of the caller's headers, names in lower case.
        variant: Name of the variant that is to answer.
        component: Name of the inference component that is to answer.
        hostname: Name of the container that is to answer, where a model's containers are called directly.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    variant: str | None = None
    component: str | None = None
    hostname: str | None = None

    @classmethod
    def received(cls, body: bytes, headers: Mapping[str, str]) -> Invocation:
        """The invocation that a request is."""
        given = {name.lower(): value for name, value in headers.items()}
        return cls(
            body,
            {name: given[source] for source, name in _PASSED.items() if given.get(source)},
            variant=given.get(f"{_PREFIX}target-variant"),
            component=given.get(f"{_PREFIX}inference-component"),
            hostname=given.get(f"{_PREFIX}target-container-hostname"),
        )

    @property
    def content_type(self) -> str:
        """Media type of the payload; empty when the caller gave none."""
        return self.headers.get("content-type", "")

    @property
    def model(self) -> str | None:
        """Which of many models is to answer."""
        return self.headers.get(_MODEL)

    @property
    def custom_attributes(self) -> str:
        """The caller's own note, passed on as it is."""
        return self.headers.get(_ATTRIBUTES, "")

    @property
    def inference_id(self) -> str | None:
        """The caller's name for the request."""
        return self.headers.get(_INFERENCE_ID)

    def following(self, answer: Answer) -> Invocation:
        """The invocation of the next container of a pipeline: it gets what this one has answered."""
        content_type = answer.headers.get("content-type", self.content_type)
        return replace(self, body=answer.body, headers={**self.headers, "content-type": content_type})


@dataclass(frozen=True)
class ModelLoading:
    """What a request to one of many models had to wait for.

    Args:
        hit: Whether the model was in memory already.
        waited_seconds: From the request until the model could be called.
        downloading_seconds: Of that, for the archive from S3.
        loading_seconds: Of that, for the container.
        loaded: Models in memory while the request was served.
    """

    hit: bool
    waited_seconds: float
    downloading_seconds: float
    loading_seconds: float
    loaded: int


@dataclass(frozen=True)
class Answer:
    """What the container answered, whatever its status; header names are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    loading: ModelLoading | None = None

    @property
    def content_type(self) -> str:
        """The answer's media type, empty when the container gave none."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True)
class StreamedAnswer:
    """An answer whose body is still coming; reading `chunks` raises OSError or HTTPException when it breaks off."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]
