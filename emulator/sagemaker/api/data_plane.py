"""What the control plane asks of the data plane: processes that serve and train.

The parts that do the work live in `emulator.containers` and `emulator.jobs`; here is only their
shape, so that the control plane can be read and tested without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol


class ModelLoading(Protocol):
    """What a request to one of many models had to wait for."""

    @property
    def hit(self) -> bool:
        """Whether the model was in memory already."""
        ...

    @property
    def waited_seconds(self) -> float:
        """From the request until the model could be called."""
        ...

    @property
    def downloading_seconds(self) -> float:
        """Of that, for the archive."""
        ...

    @property
    def loading_seconds(self) -> float:
        """Of that, for the container."""
        ...

    @property
    def loaded(self) -> int:
        """Models in memory meanwhile."""
        ...


class Answer(Protocol):
    """What a container answered to an invocation."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def body(self) -> bytes:
        """Body."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers, names in lower case."""
        ...

    @property
    def loading(self) -> ModelLoading | None:
        """What it took to load the model, where there are many."""
        ...


class StreamedAnswer(Protocol):
    """An answer whose body is still coming."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers, names in lower case."""
        ...

    @property
    def chunks(self) -> Iterator[bytes]:
        """The body as it comes; raises when it breaks off."""
        ...


class Hosting(Protocol):
    """Runs one process per container of an endpoint."""

    def start(self, container: Any) -> None:
        """Start a container and wait until it is healthy; raises with the reason when it does not get so."""
        ...

    def invoke(
        self, name: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float, target_model: str | None
    ) -> Answer:
        """Send one request; raises when no answer came."""
        ...

    def stream(
        self, name: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> AbstractContextManager[StreamedAnswer]:
        """Send one request whose answer is read as it comes; raises when none came, or in its middle."""
        ...

    def stop(self, name: str) -> None:
        """Stop a container; nothing happens when it is not running."""
        ...

    def stop_all(self) -> None:
        """Stop all containers."""
        ...


class Trained(Protocol):
    """How a training job ended."""

    @property
    def status(self) -> str:
        """`Completed`, `Failed` or `Stopped`."""
        ...

    @property
    def failure_reason(self) -> str | None:
        """Reason of a failure."""
        ...

    @property
    def model_artifacts_url(self) -> str | None:
        """S3 URL of the model."""
        ...

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """FinalMetricDataList."""
        ...


class Training(Protocol):
    """Runs training jobs."""

    def run(self, request: dict[str, Any]) -> Trained:
        """Run a job to its end; never raises for a job that fails."""
        ...

    def stop(self, job_name: str) -> None:
        """Ask a running job to stop."""
        ...


class Transformed(Protocol):
    """How a transform job ended."""

    @property
    def status(self) -> str:
        """`Completed`, `Failed` or `Stopped`."""
        ...

    @property
    def failure_reason(self) -> str | None:
        """Reason of a failure."""
        ...


class Transform(Protocol):
    """Runs transform jobs."""

    def run(self, request: dict[str, Any], model: Mapping[str, Any]) -> Transformed:
        """Run a job with the model of a CreateModel request to its end; never raises for a job that fails."""
        ...

    def stop(self, job_name: str) -> None:
        """Ask a running job to stop."""
        ...


class Processed(Protocol):
    """How a processing job ended."""

    @property
    def status(self) -> str:
        """`Completed`, `Failed` or `Stopped`."""
        ...

    @property
    def failure_reason(self) -> str | None:
        """Reason of a failure."""
        ...

    @property
    def exit_message(self) -> str | None:
        """What the container has left to be told."""
        ...


class Processing(Protocol):
    """Runs processing jobs."""

    def run(self, request: Mapping[str, Any], arn: str) -> Processed:
        """Run a job to its end; never raises for a job that fails."""
        ...

    def stop(self, job_name: str) -> None:
        """Ask a running job to stop."""
        ...
