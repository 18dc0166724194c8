"""The model's containers of a transform job: asked for their wishes, called, and called again."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Mapping
from typing import Any, cast

from emulator.containers.container import ContainerFolders
from emulator.containers.errors import DataPlaneError
from emulator.containers.invocation import Answer
from emulator.containers.serving_process import ServingProcess

_STRATEGIES = {"MULTI_RECORD": "MultiRecord", "SINGLE_RECORD": "SingleRecord"}


class TransformServer(ServingProcess):
    """A serving process for one job."""

    def execution_parameters(self) -> dict[str, Any]:
        """What the container wishes for what the request leaves open; empty when it has no such path.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
        """
        try:
            answer = self.call("GET", "/execution-parameters", timeout=60)
            answered: Any = json.loads(answer.body) if answer.status == 200 else {}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        wishes = cast(dict[str, Any], answered) if isinstance(answered, dict) else {}
        if "BatchStrategy" in wishes:
            wishes["BatchStrategy"] = _STRATEGIES.get(wishes["BatchStrategy"], wishes["BatchStrategy"])
        return wishes

    def invoke(
        self, body: bytes, headers: Mapping[str, str], *, timeout: float, retries: int, chunked: bool
    ) -> Answer:
        """The good answer to one request; server errors and silence are retried. Raises DataPlaneError."""
        reason = ""
        for _ in range(retries + 1):
            try:
                answer = self.call("POST", "/invocations", body, headers, timeout=timeout, chunked=chunked)
            except TimeoutError:
                reason = f"no answer within {timeout:g} s"
            except (OSError, http.client.HTTPException) as error:
                code = self.wait(0.5)
                if code is not None:
                    last = self.last_words()
                    raise DataPlaneError(f"the container ended with exit code {code}: {last}") from error
                reason = "the connection was closed without an answer"
            else:
                if 200 <= answer.status < 300:
                    return answer
                reason = f"HTTP {answer.status}: {answer.body[:500].decode(errors='replace').strip()}"
                if answer.status < 500:
                    break
        raise DataPlaneError(reason)


class TransformChain:
    """The serving processes of one job, by their containers' names: each gets what the one before has answered."""

    def __init__(self) -> None:
        """Begin without a process."""
        self._servers: dict[str, TransformServer] = {}

    def add(self, name: str, server: TransformServer) -> None:
        """Put a started process at the end."""
        self._servers[name] = server

    def await_ping(self, seconds: float) -> None:
        """Wait for the first good ping of each; raises DataPlaneError."""
        for name, server in self._servers.items():
            server.await_ping(seconds, f"{self._who(name)}The container did not pass the ping health check")

    def execution_parameters(self) -> dict[str, Any]:
        """The wishes of the first container, which gets the job's requests."""
        return next(iter(self._servers.values())).execution_parameters()

    def invoke(
        self, body: bytes, headers: Mapping[str, str], *, timeout: float, retries: int, chunked: bool
    ) -> bytes:
        """The last container's answer to one request; each has the timeout and the retries for itself.

        Raises DataPlaneError for the first that gives no good answer.
        """
        given = dict(headers)
        for name, server in self._servers.items():
            try:
                answer = server.invoke(body, given, timeout=timeout, retries=retries, chunked=chunked)
            except DataPlaneError as error:
                raise DataPlaneError(f"{self._who(name)}{error}") from error
            body, chunked = answer.body, False
            if answer.content_type:
                given["Content-Type"] = answer.content_type
        return body

    def stop(self) -> None:
        """End all processes, SIGTERM first."""
        for server in self._servers.values():
            server.stop()

    def kill(self) -> None:
        """End all processes at once, so that calls under way return."""
        for server in list(self._servers.values()):
            server.kill()

    def _who(self, name: str) -> str:
        return f"{name}: " if len(self._servers) > 1 else ""


def clear(folders: ContainerFolders) -> None:
    """Make room for a job of this name."""
    shutil.rmtree(folders.home, ignore_errors=True)
    folders.home.mkdir(parents=True)
    folders.log.touch()
