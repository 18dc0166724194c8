"""Endpoints' containers: one local process for each variant, answering InvokeEndpoint."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from emulator.container import Container, ContainerFolders, DataPlaneError, resolve_image
from emulator.images import ImageStore
from emulator.objects import S3Client, download_object, unpack_archive

# SageMaker's numbers: an answer within 60 s, a ping within 2 s, 30 s from SIGTERM to SIGKILL.
INVOCATION_SECONDS = 60
PING_SECONDS = 2
STOP_GRACE_SECONDS = 30
_POLL_SECONDS = 0.02
_HOP_BY_HOP = ("host", "connection", "content-length", "transfer-encoding", "expect")
_CALLERS_OWN = ("authorization", "user-agent")


@dataclass(frozen=True)
class ContainerSpec:
    """What one variant runs. `name` is `endpoint/variant`; `model_data_url` is the S3 URI of model.tar.gz."""

    name: str
    image_uri: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    model_data_url: str | None = None
    startup_timeout_seconds: float = 480


@dataclass(frozen=True)
class Invocation:
    """What the container answered, whatever its status; header names are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def content_type(self) -> str:
        """The answer's media type, empty when the container gave none."""
        return self.headers.get("content-type", "")


class _Served:
    """One variant: its files, its process, and where that listens."""

    def __init__(self, spec: ContainerSpec, home: Path) -> None:
        self.spec = spec
        self.folders = ContainerFolders(home, log=home.parent / "log.txt")
        self.container: Container | None = None
        self.port = 0
        self.suspect = False
        self.lock = Lock()


class Hosting:
    """Starts, calls and stops the containers of endpoints. Safe to call from many threads; every call blocks.

    Args:
        images: Where image URIs are looked up.
        directory: Folder of this object alone; `<endpoint>/<variant>/log.txt` below it is the variant's log.
        s3: Client that reads model archives.
        aws_environment: Variables every container gets to reach the emulator (endpoint URL, keys, region).
    """

    def __init__(
        self,
        *,
        images: ImageStore,
        directory: Path,
        s3: S3Client,
        aws_environment: Mapping[str, str] | None = None,
    ) -> None:
        self._images = images
        self._directory = directory
        self._s3 = s3
        self._aws_environment = dict(aws_environment or {})
        self._served: dict[str, _Served] = {}
        self._lock = Lock()
        # Left by an emulator that was killed; its processes ended with it.
        for stale in list(directory.rglob("run-*")):
            shutil.rmtree(stale, ignore_errors=True)

    def start(self, container: ContainerSpec) -> None:
        """Bring a variant into service: model from S3, process, `/ping` answered with 200.

        A variant of that name that runs already goes on until the new one answers, and stays when the new
        one fails. Raises DataPlaneError with the reason.
        """
        served = _Served(container, self._new_home(container.name))
        try:
            self._start_process(served)
        except DataPlaneError:
            shutil.rmtree(served.folders.home, ignore_errors=True)
            raise
        self._replace(container.name, served)

    def restore(self, container: ContainerSpec) -> None:
        """Register a variant without starting it, as after a restart of the emulator: the next call does."""
        self._replace(container.name, _Served(container, self._new_home(container.name)))

    def invoke(
        self, name: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float = INVOCATION_SECONDS
    ) -> Invocation:
        """Send one request to a variant's `/invocations` and return its answer, 60 s later at most by default.

        A process that ended since the last call is started again first. Raises DataPlaneError when there is
        no such variant, when it cannot be started, or when it gives no answer.
        """
        served = self._find(name)
        with served.lock:
            if not self._is_well(served):
                if served.container is not None:
                    served.container.kill()
                self._start_process(served)
            served.suspect = False
        try:
            return self._request(served.port, body, headers, timeout_seconds)
        except TimeoutError as error:
            served.suspect = True
            raise DataPlaneError(f"{name} gave no answer within {timeout_seconds:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            served.suspect = True
            what_happened = f"{name} {self._what_happened(served)}"
            raise DataPlaneError(f"{what_happened}; the next call starts it again") from error

    def log_path(self, name: str) -> Path:
        """The file with what the variant's container has written. Raises DataPlaneError when unknown."""
        return self._find(name).folders.log

    def stop(self, name: str) -> None:
        """End a variant and forget it; no such variant is fine."""
        with self._lock:
            served = self._served.pop(name, None)
        if served is not None:
            self._end(served)

    def stop_all(self) -> None:
        """End every variant."""
        for name in list(self._served):
            self.stop(name)

    def _is_well(self, served: _Served) -> bool:
        if served.container is None or served.container.exit_code is not None:
            return False
        # A server that lost a worker needs a moment for the next one.
        end = time.monotonic() + 2 * PING_SECONDS
        while served.suspect and not _ping(served.port):
            if time.monotonic() > end:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def _find(self, name: str) -> _Served:
        with self._lock:
            served = self._served.get(name)
        if served is None:
            raise DataPlaneError(f"{name} is not in service here")
        return served

    def _replace(self, name: str, served: _Served) -> None:
        with self._lock:
            before = self._served.get(name)
            self._served[name] = served
        if before is not None:
            self._end(before)

    def _new_home(self, name: str) -> Path:
        parent = self._directory / name
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="run-", dir=parent))

    def _start_process(self, served: _Served) -> None:
        spec = served.spec
        image = resolve_image(self._images, spec.image_uri)
        model = served.folders.base / "model"
        if spec.model_data_url is not None and not model.exists():
            self._fetch_model(spec.model_data_url, model)
        model.mkdir(parents=True, exist_ok=True)
        served.port = _free_port()
        served.container = Container(
            image,
            served.folders,
            arguments=["serve"],
            environment={
                **self._aws_environment,
                **spec.environment,
                "SAGEMAKER_BIND_TO_PORT": str(served.port),
                "SERVING_BIND_HOST": "127.0.0.1",
            },
        )
        self._await_ping(served, spec.startup_timeout_seconds)

    def _fetch_model(self, uri: str, model: Path) -> None:
        unpacked = model.with_name("model.new")
        shutil.rmtree(unpacked, ignore_errors=True)
        archive = model.parent / "model.tar.gz"
        try:
            download_object(self._s3, uri, archive)
            unpack_archive(archive, unpacked)
            unpacked.rename(model)
        except DataPlaneError as error:
            raise DataPlaneError(f"Failed to extract model data archive from {uri}: {error}") from error
        finally:
            archive.unlink(missing_ok=True)

    def _await_ping(self, served: _Served, seconds: float) -> None:
        container = served.container
        assert container is not None
        failed = f"The primary container for {served.spec.name} did not pass the ping health check"
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if container.exit_code is not None:
                said = container.last_words()
                raise DataPlaneError(f"{failed}: it ended with exit code {container.exit_code}: {said}")
            if _ping(served.port):
                return
            time.sleep(_POLL_SECONDS)
        said = container.last_words()
        container.kill()
        raise DataPlaneError(f"{failed} within {seconds:g} s: {said}")

    def _request(self, port: int, body: bytes, headers: Mapping[str, str], timeout: float) -> Invocation:
        passed_on = {
            name: value
            for name, value in headers.items()
            if name.lower() not in (*_HOP_BY_HOP, *_CALLERS_OWN)
            and not name.lower().startswith(("x-amz-", "amz-sdk-"))
        }
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        with contextlib.closing(connection):
            # A container may refuse a body while it is still being sent: its answer is worth reading.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request("POST", "/invocations", body, passed_on)
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Invocation(response.status, response.read(), received)

    def _what_happened(self, served: _Served) -> str:
        container = served.container
        # The guard reports the end of the process an instant after the connection breaks.
        code = container.wait(0.5) if container is not None else None
        if code is None:
            return "closed the connection without an answer"
        how = f"by signal {code - 128}" if code > 128 else f"with exit code {code}"
        return f"ended during the request ({how})"

    def _end(self, served: _Served) -> None:
        with served.lock:
            if served.container is not None and served.container.exit_code is None:
                served.container.terminate(STOP_GRACE_SECONDS)
        shutil.rmtree(served.folders.home, ignore_errors=True)


def _ping(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PING_SECONDS)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
