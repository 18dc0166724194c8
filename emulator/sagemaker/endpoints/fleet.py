"""The processes of deployed containers: started, called one after the other, ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from emulator.sagemaker.api.data_plane import Answer, Hosting, StreamedAnswer
from emulator.shapes.errors import ServiceError

TARGET_MODEL = "x-amzn-sagemaker-target-model"
TARGET_HOSTNAME = "x-amzn-sagemaker-target-container-hostname"
PRIMARY = "primary"


@dataclass(frozen=True)
class Answered:
    """An answer and the container that gave it, as messages call it."""

    answer: Answer
    source: str


class Fleet:
    """Runs containers, as `emulator.sagemaker.models.parts` plans them.

    Args:
        hosting: Gives the data plane; called on first use, as it needs the running emulator.
        specification: Makes the data plane's container specification from keyword arguments.
    """

    def __init__(self, hosting: Callable[[], Hosting], specification: Callable[..., Any]) -> None:
        self._hosting = hosting
        self._specification = specification
        self._started: set[str] = set()
        self._starting = threading.Lock()

    def start(self, container: Mapping[str, Any]) -> None:
        """Start every part; raises with the reason when one does not get healthy."""
        if "problem" in container:
            raise ServiceError("ValidationException", str(container["problem"]))
        for part in container["parts"]:
            process = {name: value for name, value in part.items() if name != "hostname"}
            seconds = container["startup_timeout_seconds"]
            self._hosting().start(self._specification(**process, startup_timeout_seconds=seconds))
        self._started.add(str(container["name"]))

    def ensure_started(self, container: Mapping[str, Any]) -> None:
        """Start a container that ran before the emulator was restarted; raises as `start` does."""
        with self._starting:
            if container["name"] not in self._started:
                self.start(container)

    def stop(self, containers: Iterable[Mapping[str, Any]]) -> None:
        """End every part of these."""
        for container in containers:
            self._started.discard(str(container["name"]))
            for part in container["parts"]:
                self._hosting().stop(part["name"])

    def invoke(
        self, container: Mapping[str, Any], body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Answered:
        """Send a request through the parts, each getting the answer of the one before; stops at the first error.

        Args:
            container: What was deployed.
            body: Payload.
            headers: To pass on; `X-Amzn-SageMaker-Target-Model` chooses one of many models, and
                `X-Amzn-SageMaker-Target-Container-Hostname` the part where these are called directly.
            timeout_seconds: For each part.
        """
        lowered = {name.lower(): value for name, value in headers.items()}
        hostname = lowered.pop(TARGET_HOSTNAME, None)
        parts = [part for part in container["parts"] if hostname in (None, part["hostname"])]
        answered: Answered | None = None
        for part in parts:
            if answered is not None:
                body = answered.answer.body
                lowered["content-type"] = answered.answer.headers.get("content-type", lowered.get("content-type", ""))
            target = lowered.get(TARGET_MODEL) if part.get("models_url") else None
            answer = self._hosting().invoke(part["name"], body, lowered, timeout_seconds, target)
            answered = Answered(answer, part["hostname"] if len(container["parts"]) > 1 else PRIMARY)
            if not 200 <= answer.status < 300:
                break
        if answered is None:
            raise ServiceError("ValidationError", f"There is no container {hostname} in this model.")
        return answered

    def stream(
        self, container: Mapping[str, Any], body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> AbstractContextManager[StreamedAnswer]:
        """Send a request to one part of a container, the answer of which is read as it comes.

        Raises ServiceError for a pipeline whose parts are called one after the other.
        """
        lowered = {name.lower(): value for name, value in headers.items()}
        hostname = lowered.pop(TARGET_HOSTNAME, None)
        parts = [part for part in container["parts"] if hostname in (None, part["hostname"])]
        if len(parts) != 1:
            raise ServiceError("ValidationError", "The emulator streams no answers of serial inference pipelines.")
        return self._hosting().stream(parts[0]["name"], body, lowered, timeout_seconds)
