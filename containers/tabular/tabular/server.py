"""Serving: load the model, prove it, then listen."""

import ctypes
import os
import signal
import socket
import sys

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server

from tabular.application import Application, log
from tabular.artifact import check_parity
from tabular.batch import BatchTransform
from tabular.errors import ArtifactError
from tabular.paths import SageMakerPaths
from tabular.predictor import Predictor

# SageMaker kills a container 30 s after SIGTERM; what still runs then is lost anyway.
DRAIN_SECONDS = 25
_PR_SET_PDEATHSIG = 1


def run_server() -> int:
    """Serve until SIGTERM, then finish the requests in hand. Returns the exit code.

    `SAGEMAKER_BIND_TO_PORT` (8080) and `SERVING_BIND_HOST` (0.0.0.0) say where to listen,
    `MODEL_SERVER_WORKERS` (one for each CPU) how many processes answer, `LOCK_MISMATCH` (warn | refuse)
    what to do with a model of another environment, `SAGEMAKER_BATCH` (true | unset) whether this is a
    transform job.
    """
    # Every worker has one CPU: more threads than that only get into each other's way.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        host = os.environ.get("SERVING_BIND_HOST", "0.0.0.0")
        port = _whole_number("SAGEMAKER_BIND_TO_PORT", 8080, 65_535)
        workers = _whole_number("MODEL_SERVER_WORKERS", len(os.sched_getaffinity(0)), 1_024)
        predictor = Predictor.load(SageMakerPaths.from_environment().model)
        check_parity(
            predictor.metadata,
            os.environ.get("LOCK_MISMATCH", "warn"),
            lambda difference: log("warning", difference),
        )
        _refuse_taken_port(host, port)
    except (ArtifactError, OSError) as error:
        log("error", f"the server does not start: {error}")
        return 1
    batch = BatchTransform(workers) if os.environ.get("SAGEMAKER_BATCH", "").lower() == "true" else None
    application = Application(predictor, batch)
    log("info", "model loaded", features=predictor.features, port=port, workers=workers)
    server = Server(
        "tabular",
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        loop=Loops.asyncio,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_SECONDS,
    )
    parent = os.getpid()

    def load_in_worker(_: str) -> Application:
        _die_with(parent)
        return application

    server.serve(target_loader=load_in_worker, wrap_loader=True)
    log("info", "server stopped")
    return 0


def _whole_number(name: str, default: int, highest: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise ArtifactError(f"{name} must be a whole number from 1 to {highest}, got '{text}'")
    return int(text)


def _refuse_taken_port(host: str, port: int) -> None:
    # The workers share their port (SO_REUSEPORT), so a second server on it would not fail but steal requests.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ArtifactError(f"cannot listen on {host}:{port}: {error.strerror}") from None


def _die_with(parent: int) -> None:
    # A supervisor that is killed cannot stop its workers, which would hold the port for ever.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
