"""Endpoints' containers: one local process for each, answering InvokeEndpoint."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import tempfile
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

from emulator.containers.container import ContainerFolders, ContainerRunner, resolve_image
from emulator.containers.errors import DataPlaneError
from emulator.containers.invocation import Answer, Invocation, StreamedAnswer
from emulator.containers.multi_model import LoadedModels, LoadRefusedError
from emulator.containers.objects import fetch_model
from emulator.containers.serving_process import PING_SECONDS, POLL_SECONDS, ServingProcess

# SageMaker gives a container 60 s for its answer.
INVOCATION_SECONDS = 60


@dataclass(frozen=True)
class ContainerSpec:
    """What one container runs.

    Args:
        name: Such as `endpoint/variant`.
        image_uri: Its image.
        environment: Its variables.
        model_data_url: S3 URI of model.tar.gz.
        startup_timeout_seconds: How long until the first good ping.
        models_url: S3 URI of the prefix with the models of a multi-model container.
        caches_models: Whether such a container keeps models in memory.
    """

    name: str
    image_uri: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    model_data_url: str | None = None
    startup_timeout_seconds: float = 480
    models_url: str | None = None
    caches_models: bool = True


class _Served:
    """One container: its files, its process, and the models that this has loaded."""

    def __init__(self, spec: ContainerSpec, home: Path) -> None:
        self.spec = spec
        self.folders = ContainerFolders(home, log=home.parent / "log.txt")
        self.process: ServingProcess | None = None
        self.models: LoadedModels | None = None
        self.suspect = False
        self.lock = Lock()


@dataclass(kw_only=True)
class Hosting(ContainerRunner):
    """Starts, calls and stops the containers of endpoints. Safe to call from many threads; every call blocks.

    `<endpoint>/<variant>/log.txt` below its folder is the variant's log.
    """

    def __post_init__(self) -> None:
        """Clear away what an earlier emulator left."""
        self._served: dict[str, _Served] = {}
        self._lock = Lock()
        # Left by an emulator that was killed; its processes ended with it.
        for stale in list(self.directory.rglob("run-*")):
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

    def invoke(self, name: str, invocation: Invocation, timeout_seconds: float = INVOCATION_SECONDS) -> Answer:
        """Send an invocation to a container and return its answer, 60 s later at most by default.

        A process that ended since the last call is started again first. A multi-model container has the model that
        the invocation names.

        Raises:
            DataPlaneError: There is no such container, it cannot be started, or it gives no answer.
            ModelDataError: There is no such model.
        """
        served, process = self._ready(name)
        body, headers, model = invocation.body, invocation.headers, invocation.model
        with self._watching(served, process, timeout_seconds):
            if model is None or served.models is None:
                return process.call("POST", "/invocations", body, headers, timeout=timeout_seconds)
            try:
                with served.models.use(process, model) as loaded:
                    path = f"/models/{loaded.name}/invoke"
                    answer = process.call("POST", path, body, headers, timeout=timeout_seconds)
                    return replace(answer, loading=loaded.loading)
            except LoadRefusedError as refusal:
                return refusal.answer

    @contextlib.contextmanager
    def stream(self, name: str, invocation: Invocation, timeout_seconds: float) -> Generator[StreamedAnswer]:
        """Send an invocation to a container; its answer is read within the context, as it comes.

        Raises DataPlaneError as `invoke` does, also in the middle of the answer.
        """
        served, process = self._ready(name)
        body, headers = invocation.body, invocation.headers
        with (
            self._watching(served, process, timeout_seconds),
            process.stream("/invocations", body, headers, timeout=timeout_seconds) as answer,
        ):
            yield answer

    def _ready(self, name: str) -> tuple[_Served, ServingProcess]:
        served = self._find(name)
        with served.lock:
            process = served.process
            if process is None or not self._is_well(served, process):
                if process is not None:
                    process.kill()
                process = self._start_process(served)
            served.suspect = False
        return served, process

    @contextlib.contextmanager
    def _watching(self, served: _Served, process: ServingProcess, timeout_seconds: float) -> Generator[None]:
        """Say what happened to a container that gives no answer."""
        name = served.spec.name
        try:
            yield
        except TimeoutError as error:
            served.suspect = True
            raise DataPlaneError(f"{name} gave no answer within {timeout_seconds:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            served.suspect = True
            raise DataPlaneError(f"{name} {_what_happened(process)}; the next call starts it again") from error

    def process_group(self, name: str) -> int | None:
        """The group of the variant's processes; None while none runs."""
        served = self._served.get(name)
        return served.process.group if served and served.process else None

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

    @staticmethod
    def _is_well(served: _Served, process: ServingProcess) -> bool:
        if process.exit_code is not None:
            return False
        # A server that lost a worker needs a moment for the next one.
        end = time.monotonic() + 2 * PING_SECONDS
        while served.suspect and not process.ping():
            if time.monotonic() > end:
                return False
            time.sleep(POLL_SECONDS)
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
        parent = self.directory / name
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="run-", dir=parent))

    def _start_process(self, served: _Served) -> ServingProcess:
        spec = served.spec
        image = resolve_image(self.images, spec.image_uri)
        model = served.folders.base / "model"
        if spec.model_data_url is not None and not model.exists():
            model.parent.mkdir(parents=True, exist_ok=True)
            fetch_model(self.s3, spec.model_data_url, model)
        model.mkdir(parents=True, exist_ok=True)
        if spec.models_url is not None:
            folder = served.folders.base / "models"
            served.models = LoadedModels(self.s3, spec.models_url, folder, keep=spec.caches_models)
        process = ServingProcess(image, served.folders, {**self.aws_environment, **spec.environment})
        served.process = process
        failed = f"The primary container for {spec.name} did not pass the ping health check"
        process.await_ping(spec.startup_timeout_seconds, failed)
        return process

    def _end(self, served: _Served) -> None:
        with served.lock:
            if served.process is not None:
                served.process.stop()
        shutil.rmtree(served.folders.home, ignore_errors=True)


def _what_happened(process: ServingProcess) -> str:
    # The guard reports the end of the process an instant after the connection breaks.
    code = process.wait(0.5)
    if code is None:
        return "closed the connection without an answer"
    how = f"by signal {code - 128}" if code > 128 else f"with exit code {code}"
    return f"ended during the request ({how})"
