"""A container that serves: one local process, started, pinged, called and ended."""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Generator, Iterator, Mapping

from emulator.containers.container import Container, ContainerFolders
from emulator.containers.errors import DataPlaneError
from emulator.containers.invocation import Answer, StreamedAnswer
from emulator.containers.ports import ReservedPort
from emulator.images.store import LocalImage

# SageMaker's numbers: a ping within 2 s, 30 s from SIGTERM to SIGKILL.
PING_SECONDS = 2
STOP_GRACE_SECONDS = 30
POLL_SECONDS = 0.02
_MOST_CHUNK_BYTES = 1024 * 1024


class ServingProcess:
    """A container started with `serve` on a port of its own.

    Args:
        image: What to run.
        folders: Its files; the model is in place.
        environment: Its variables.
    """

    def __init__(self, image: LocalImage, folders: ContainerFolders, environment: Mapping[str, str]) -> None:
        self._reserved = ReservedPort()
        self._container = Container(
            image,
            folders,
            arguments=["serve"],
            environment={
                **environment,
                "SAGEMAKER_BIND_TO_PORT": str(self._reserved.number),
                "SERVING_BIND_HOST": "127.0.0.1",
            },
        )

    @property
    def exit_code(self) -> int | None:
        """None while it runs; 128 + number when a signal ended it."""
        return self._container.exit_code

    @property
    def group(self) -> int | None:
        """The group of its processes, once the program runs."""
        return self._container.pid

    def wait(self, seconds: float) -> int | None:
        """Wait for the end, at most this long; the exit code, or None when it still runs."""
        return self._container.wait(seconds)

    def last_words(self) -> str:
        """The last line that it wrote; empty when there is none."""
        return self._container.last_words()

    def ping(self) -> bool:
        """Whether `/ping` is answered with 200."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.call("GET", "/ping", timeout=PING_SECONDS).status == 200
        return False

    def await_ping(self, seconds: float, failed: str) -> None:
        """Wait for the first good ping; raises DataPlaneError that begins with `failed`, and ends the process."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            code = self.exit_code
            if code is not None:
                raise DataPlaneError(f"{failed}: it ended with exit code {code}: {self.last_words()}")
            if self.ping():
                return
            time.sleep(POLL_SECONDS)
        said = self.last_words()
        self.kill()
        raise DataPlaneError(f"{failed} within {seconds:g} s: {said}")

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float,
        chunked: bool = False,
    ) -> Answer:
        """One request and its whole answer; raises OSError or HTTPException when there is none."""
        with self._exchange(method, path, body, headers, timeout, chunked) as response:
            return Answer(response.status, response.read(), _lowered(response))

    @contextlib.contextmanager
    def stream(
        self, path: str, body: bytes, headers: Mapping[str, str], *, timeout: float
    ) -> Generator[StreamedAnswer]:
        """One request and its answer as it comes, to be read within the context."""
        with self._exchange("POST", path, body, headers, timeout, False) as response:
            yield StreamedAnswer(response.status, _lowered(response), _chunks(response))

    def stop(self) -> None:
        """End the process, SIGTERM first."""
        if self.exit_code is None:
            self._container.terminate(STOP_GRACE_SECONDS)
        self._reserved.release()

    def kill(self) -> None:
        """End the process at once, so that calls under way return."""
        self._container.kill()

    @contextlib.contextmanager
    def _exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        timeout: float,
        chunked: bool,
    ) -> Generator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self._reserved.number, timeout=timeout)
        with contextlib.closing(connection):
            # A container may refuse a body while it is still being sent: its answer is worth reading.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                if chunked and body is not None:
                    given = {**(headers or {}), "Transfer-Encoding": "chunked"}
                    connection.request(method, path, iter([body]), given, encode_chunked=True)
                else:
                    connection.request(method, path, body, dict(headers or {}))
            yield connection.getresponse()


def _lowered(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while chunk := response.read1(_MOST_CHUNK_BYTES):
        yield chunk
