"""Training jobs: the request's container as a local process, its inputs from S3 and its results to S3."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from emulator.container import Container, ContainerFolders, DataPlaneError, resolve_image
from emulator.images import ImageStore
from emulator.objects import (
    S3Client,
    download_prefix,
    upload_archive,
    upload_folder,
)
from emulator.training_request import check_request, container_environment, write_configuration

DEFAULT_MAXIMUM_SECONDS = 86_400
MAXIMUM_REASON = 1_024


@dataclass(frozen=True)
class TrainingResult:
    """How a job ended.

    Args:
        status: `Completed`, `Failed` or `Stopped`.
        secondary_status: `Completed`, `Failed`, `Stopped` or `MaxRuntimeExceeded`.
        failure_reason: Why it failed; None otherwise.
        model_artifacts_url: S3 URI of model.tar.gz; None when the job left no model.
        metrics: FinalMetricDataList as DescribeTrainingJob returns it.
        seconds: From start to end, downloads and uploads included.
        log: The container's output, as it would go to CloudWatch Logs.
    """

    status: str
    secondary_status: str
    failure_reason: str | None
    model_artifacts_url: str | None
    metrics: list[dict[str, Any]]
    seconds: float
    log: Path


@dataclass
class _Job:
    """A running job, as far as stop() needs it."""

    stop_requested: bool = False


class TrainingRunner:
    """Runs training jobs, each in the thread of its caller.

    Args:
        images: Where image URIs are looked up.
        directory: The jobs' folders, `<job>/opt/ml` and `<job>/log.txt`.
        s3: Client for channels and results.
        aws_environment: Variables every container gets to reach the emulator (endpoint URL, keys, region).
        stop_grace_seconds: From SIGTERM to SIGKILL; SageMaker gives 120 s.
    """

    def __init__(
        self,
        *,
        images: ImageStore,
        directory: Path,
        s3: S3Client,
        aws_environment: Mapping[str, str] | None = None,
        stop_grace_seconds: float = 120,
    ) -> None:
        self._images = images
        self._directory = directory
        self._s3 = s3
        self._aws_environment = dict(aws_environment or {})
        self._grace = stop_grace_seconds
        self._jobs: dict[str, _Job] = {}
        self._lock = Lock()

    def run(self, request: dict[str, Any]) -> TrainingResult:
        """Run the job of a CreateTrainingJob request to its end. Never raises for a job that fails."""
        name = request["TrainingJobName"]
        home = self._directory / name
        folders = ContainerFolders(home, log=home / "log.txt")
        job = _Job()
        with self._lock:
            self._jobs[name] = job
        started = time.monotonic()
        shutil.rmtree(folders.home, ignore_errors=True)
        folders.home.mkdir(parents=True)
        folders.log.touch()
        try:
            return self._run(request, job, folders, started)
        except DataPlaneError as error:
            return _result("Failed", folders, started, reason=f"ClientError: {error}")
        except Exception as error:
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            return _result("Failed", folders, started, reason=reason)
        finally:
            with self._lock:
                self._jobs.pop(name, None)

    def stop(self, job_name: str) -> None:
        """Ask a running job to end, SIGTERM first; returns at once, and run() then returns `Stopped`.

        No such job is fine.
        """
        with self._lock:
            job = self._jobs.get(job_name)
        if job is not None:
            job.stop_requested = True

    def _run(self, request: dict[str, Any], job: _Job, folders: ContainerFolders, started: float) -> TrainingResult:
        check_request(request)
        image = resolve_image(self._images, request["AlgorithmSpecification"]["TrainingImage"])
        base = folders.base
        for folder in ("model", "output/data", "checkpoints", "input/data", "input/config"):
            (base / folder).mkdir(parents=True, exist_ok=True)
        self._download(request, base)
        write_configuration(request, base)
        region = self._aws_environment.get("AWS_REGION", "us-east-1")
        environment = {**self._aws_environment, **container_environment(request, region)}
        limit = request["StoppingCondition"].get("MaxRuntimeInSeconds", DEFAULT_MAXIMUM_SECONDS)
        if job.stop_requested:
            return _result("Stopped", folders, started)
        container = Container(image, folders, arguments=["train"], environment=environment)
        outcome, code = self._supervise(container, job, time.monotonic() + limit)
        log = container.log_text()
        model = self._upload(request, base, with_model=code == 0 or outcome != "Completed")
        metrics = _metrics(request, log)
        if outcome == "Completed" and code != 0:
            reason = _failure(base, code, container.last_words())
            return _result("Failed", folders, started, reason=reason, metrics=metrics)
        return _result(outcome, folders, started, model=model, metrics=metrics)

    def _supervise(self, container: Container, job: _Job, deadline: float) -> tuple[str, int]:
        """Wait for the end, a stop request or the deadline; what it was, and the exit code."""
        while True:
            code = container.wait(0.1)
            if code is not None:
                return ("Stopped" if job.stop_requested else "Completed"), code
            if job.stop_requested:
                return "Stopped", container.terminate(self._grace)
            if time.monotonic() > deadline:
                return "MaxRuntimeExceeded", container.terminate(self._grace)

    def _download(self, request: dict[str, Any], base: Path) -> None:
        for channel in request.get("InputDataConfig", []):
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            if not download_prefix(self._s3, uri, base / "input" / "data" / channel["ChannelName"]):
                raise DataPlaneError(f"Data download failed: no S3 objects found under {uri}")
        checkpoints = request.get("CheckpointConfig")
        if checkpoints:
            download_prefix(self._s3, checkpoints["S3Uri"].rstrip("/") + "/", base / "checkpoints")

    def _upload(self, request: dict[str, Any], base: Path, *, with_model: bool) -> str | None:
        prefix = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        output = f"{prefix}/{request['TrainingJobName']}/output"
        if any((base / "output" / "data").iterdir()):
            upload_archive(self._s3, base / "output" / "data", f"{output}/output.tar.gz")
        checkpoints = request.get("CheckpointConfig")
        if checkpoints:
            upload_folder(self._s3, base / "checkpoints", checkpoints["S3Uri"])
        if not with_model or not any((base / "model").iterdir()):
            return None
        upload_archive(self._s3, base / "model", f"{output}/model.tar.gz")
        return f"{output}/model.tar.gz"


def _result(
    outcome: str,
    folders: ContainerFolders,
    started: float,
    *,
    reason: str | None = None,
    model: str | None = None,
    metrics: list[dict[str, Any]] | None = None,
) -> TrainingResult:
    return TrainingResult(
        status="Stopped" if outcome == "MaxRuntimeExceeded" else outcome,
        secondary_status=outcome,
        failure_reason=None if reason is None else reason[:MAXIMUM_REASON],
        model_artifacts_url=model,
        metrics=metrics or [],
        seconds=time.monotonic() - started,
        log=folders.log,
    )


def _failure(base: Path, code: int, last_words: str) -> str:
    """SageMaker's wording: the container's own reason between the class of error and the exit code."""
    failure = base / "output" / "failure"
    text = failure.read_text(errors="replace").strip() if failure.is_file() else last_words
    ending = f", exit code: {code}"
    return f"AlgorithmError: {text}"[: MAXIMUM_REASON - len(ending)] + ending


def _metrics(request: dict[str, Any], log: str) -> list[dict[str, Any]]:
    """The last value of every metric definition in the log."""
    found: list[dict[str, Any]] = []
    now = time.time()
    for definition in request["AlgorithmSpecification"].get("MetricDefinitions", []):
        pattern = re.compile(definition["Regex"])
        matches = [match for line in log.splitlines() for match in pattern.finditer(line)]
        try:
            value = float(matches[-1][1])
        except (IndexError, TypeError, ValueError):
            # SageMaker leaves out a metric that was never seen, or whose text is no number.
            continue
        found.append({"MetricName": definition["Name"], "Value": value, "Timestamp": now})
    return found
