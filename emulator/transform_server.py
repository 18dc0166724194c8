"""The model's container of a transform job: started, asked for its wishes, called."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import time
from collections.abc import Mapping
from typing import Any, cast

from emulator.container import Container, ContainerFolders, DataPlaneError
from emulator.images import LocalImage
from emulator.objects import S3Client, download_object, unpack_archive

STOP_GRACE_SECONDS = 30
_PING_SECONDS = 2
_POLL_SECONDS = 0.02
_STRATEGIES = {"MULTI_RECORD": "MultiRecord", "SINGLE_RECORD": "SingleRecord"}


def fetch_model(s3: S3Client, uri: str | None, folders: ContainerFolders) -> None:
    """Unpack model.tar.gz to where the container looks for it. Raises DataPlaneError."""
    model = folders.base / "model"
    model.mkdir(parents=True, exist_ok=True)
    if uri is None:
        return
    archive = folders.home / "model.tar.gz"
    try:
        download_object(s3, uri, archive)
        unpack_archive(archive, model)
    except DataPlaneError as error:
        raise DataPlaneError(f"Failed to extract model data archive from {uri}: {error}") from error
    finally:
        archive.unlink(missing_ok=True)


class TransformServer:
    """A serving process for one job.

    Args:
        image: What to run.
        folders: Its files; the model is in place.
        environment: Its variables, the job's own among them.
    """

    def __init__(self, image: LocalImage, folders: ContainerFolders, environment: Mapping[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self._container = Container(
            image,
            folders,
            arguments=["serve"],
            environment={
                **environment,
                "SAGEMAKER_BIND_TO_PORT": str(self._port),
                "SERVING_BIND_HOST": "127.0.0.1",
            },
        )

    def await_ping(self, seconds: float) -> None:
        """Wait until `/ping` is answered with 200. Raises DataPlaneError with the container's last words."""
        end = time.monotonic() + seconds
        failed = "The container did not pass the ping health check"
        while time.monotonic() < end:
            code = self._container.exit_code
            if code is not None:
                raise DataPlaneError(f"{failed}: it ended with exit code {code}: {self._container.last_words()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self._call("GET", "/ping", timeout=_PING_SECONDS)[0] == 200:
                    return
            time.sleep(_POLL_SECONDS)
        raise DataPlaneError(f"{failed} within {seconds:g} s: {self._container.last_words()}")

    def execution_parameters(self) -> dict[str, Any]:
        """What the container wishes for what the request leaves open; empty when it has no such path.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
        """
        try:
            status, body = self._call("GET", "/execution-parameters", timeout=60)
            answered: Any = json.loads(body) if status == 200 else {}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        wishes = cast(dict[str, Any], answered) if isinstance(answered, dict) else {}
        if "BatchStrategy" in wishes:
            wishes["BatchStrategy"] = _STRATEGIES.get(wishes["BatchStrategy"], wishes["BatchStrategy"])
        return wishes

    def invoke(
        self, body: bytes, headers: Mapping[str, str], *, timeout: float, retries: int, chunked: bool
    ) -> bytes:
        """The answer to one request; server errors and silence are retried. Raises DataPlaneError."""
        reason = ""
        for _ in range(retries + 1):
            try:
                status, answer = self._call("POST", "/invocations", body, headers, timeout=timeout, chunked=chunked)
            except TimeoutError:
                reason = f"no answer within {timeout:g} s"
            except (OSError, http.client.HTTPException) as error:
                code = self._container.wait(0.5)
                if code is not None:
                    last = self._container.last_words()
                    raise DataPlaneError(f"the container ended with exit code {code}: {last}") from error
                reason = "the connection was closed without an answer"
            else:
                if 200 <= status < 300:
                    return answer
                reason = f"HTTP {status}: {answer[:500].decode(errors='replace').strip()}"
                if status < 500:
                    break
        raise DataPlaneError(reason)

    def stop(self) -> None:
        """End the process, SIGTERM first."""
        if self._container.exit_code is None:
            self._container.terminate(STOP_GRACE_SECONDS)

    def kill(self) -> None:
        """End the process at once, so that calls under way return."""
        self._container.kill()

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float,
        chunked: bool = False,
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout)
        with contextlib.closing(connection):
            # A container may refuse a body while it is still being sent: its answer is worth reading.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                if chunked and body is not None:
                    given = {**(headers or {}), "Transfer-Encoding": "chunked"}
                    connection.request(method, path, iter([body]), given, encode_chunked=True)
                else:
                    connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.read()


def clear(folders: ContainerFolders) -> None:
    """Make room for a job of this name."""
    shutil.rmtree(folders.home, ignore_errors=True)
    folders.home.mkdir(parents=True)
    folders.log.touch()
