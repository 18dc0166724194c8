"""The serving process: load the model, prove it, then listen until SIGTERM."""

import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server

from serving.batch import MOST_MEGABYTES, execution_parameters
from serving.errors import ModelError, SettingError
from serving.handler import Handler
from serving.http.application import Application
from serving.http.invocation import MAXIMUM_BODY_BYTES
from serving.http.session_handler import SessionHandler
from serving.http.sessions import SessionStore
from serving.multi_model.memory import keep_at_hand, resident_bytes, workers_within
from serving.multi_model.model_record import ModelRecord
from serving.multi_model.model_store import ModelStore
from serving.multi_model.multi_model_application import MultiModelApplication
from serving.observed.embedded_metrics import EmbeddedMetrics
from serving.observed.logs import log, log_as_json
from serving.observed.metrics import Metrics
from serving.settings import Settings
from serving.threads import available_cpus, finish_before_switching, share_cpus

# SageMaker kills a container 30 s after SIGTERM; what still runs then is lost anyway.
DRAIN_SECONDS = 25
_PR_SET_PDEATHSIG = 1

Load = Callable[[Path, Settings], Handler]
"""Loads the model in a folder and proves it with a first prediction; raises ModelError."""


def run_server(load: Load) -> int:
    """Serve what `load` gives until SIGTERM, then finish the requests in hand. Returns the exit code.

    The variables of the environment are those of `Settings.from_environment`. A model that cannot be loaded, a bad
    variable or a taken port are one line in the log and exit code 1.
    """
    # For what the model is about to import; entry points do it before they import anything at all.
    share_cpus(os.environ)
    finish_before_switching()
    keep_at_hand()
    log_as_json()
    try:
        settings = Settings.from_environment(os.environ)
        handler = None if settings.multi_model else load(settings.base / "model", settings)
        _refuse_taken_port(settings.host, settings.port)
    except (ModelError, SettingError, OSError) as error:
        log("error", f"the server does not start: {error}")
        return 1
    workers = settings.workers or min(available_cpus(), workers_within(settings.memory_limit, resident_bytes()))
    log("info", "ready", port=settings.port, workers=workers, multi_model=settings.multi_model)
    server = _SharedSocketServer(
        "serving",
        address=settings.host,
        port=settings.port,
        workers=workers,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        loop=Loops.auto,
        websockets=not settings.multi_model,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_SECONDS,
    )
    parent = os.getpid()
    metrics = _metrics(settings, workers)
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory(dir=settings.session_folder) as sessions,
    ):
        record = ModelRecord(Path(folder) / "models")
        if handler is not None and settings.sessions:
            store = SessionStore(Path(sessions), seconds=settings.session_seconds, maximum=settings.session_maximum)
            handler = SessionHandler(handler, store)

        def load_in_worker(_: str) -> Any:
            _die_with(parent)
            metrics.claim()
            if handler is None:
                return _many_models(load, settings, record, metrics)
            return _one_model(handler, settings, metrics, workers)

        # What is loaded stays: to look through it for garbage costs time, and pages that the workers share.
        gc.collect()
        gc.freeze()
        server.serve(target_loader=load_in_worker, wrap_loader=True)
    log("info", "server stopped")
    return 0


_Server: Any = Server


class _SharedSocketServer(_Server):
    """One socket for all workers, which the supervisor keeps.

    With a socket of its own for each worker, as granian opens them on Linux, connections that nobody has accepted yet
    are lost with the worker in whose queue they wait.
    """

    def _init_shared_socket(self) -> None:
        self._ssp = self._sso = None
        specification: Any = importlib.import_module("granian.net").SocketSpec
        self._shd = specification(self.bind_addr, self.bind_port, self.backlog).build()


def _metrics(settings: Settings, workers: int) -> Metrics:
    if not settings.metrics_namespace:
        return Metrics(workers)
    return EmbeddedMetrics(workers, namespace=settings.metrics_namespace, seconds=settings.metrics_seconds)


def _one_model(handler: Handler, settings: Settings, metrics: Metrics, workers: int) -> Application:
    return Application(
        handler,
        metrics,
        execution_parameters=execution_parameters(workers) if settings.batch else None,
        maximum_body=MOST_MEGABYTES * 1024**2 if settings.batch else MAXIMUM_BODY_BYTES,
    )


def _many_models(load: Load, settings: Settings, record: ModelRecord, metrics: Metrics) -> MultiModelApplication:
    def load_folder(folder: Path) -> Handler:
        return load(folder, settings)

    root = settings.base / "models"
    store = ModelStore(load_folder, root=root, limit=settings.memory_limit, record=record)
    return MultiModelApplication(store, metrics)


def _refuse_taken_port(host: str, port: int) -> None:
    # The socket lets others share its port (SO_REUSEPORT): a second server on it would not fail but steal requests.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingError(f"cannot listen on {host}:{port}: {error.strerror}") from None


def _die_with(parent: int) -> None:
    # A supervisor that is killed cannot stop its workers, which would hold the port for ever.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
