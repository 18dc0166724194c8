"""Training jobs: the request's container as a local process, its inputs from S3 and its results to S3."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.containers.container import Container, ContainerFolders, ContainerRunner, resolve_image
from emulator.containers.objects import (
    download_prefix,
    upload_archive,
    upload_folder,
)
from emulator.images.store import LocalImage
from emulator.jobs.cluster import meeting_place, supervise
from emulator.jobs.runners import LOG, JobResult, reason_of, shortened_reason
from emulator.jobs.running_jobs import RunningJob, RunningJobs
from emulator.jobs.training.channels import bring_channels, close_pipes
from emulator.jobs.training.pipes import ChannelPipe
from emulator.jobs.training.request import (
    check_request,
    container_environment,
    machine_groups,
    program_of,
    write_configuration,
)

DEFAULT_MAXIMUM_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class TrainingResult(JobResult):
    """How a job ended.

    Args:
        secondary_status: `Completed`, `Failed`, `Stopped` or `MaxRuntimeExceeded`.
        model_artifacts_url: S3 URI of model.tar.gz; None when the job left no model.
        metrics: FinalMetricDataList as DescribeTrainingJob returns it.
        seconds: From start to end, downloads and uploads included.
        log: The container's output, as it would go to CloudWatch Logs.
    """

    secondary_status: str
    model_artifacts_url: str | None
    metrics: list[dict[str, Any]]
    seconds: float
    log: Path

    def described(self) -> Mapping[str, Any]:
        """What Describe shows of it beside status and reason."""
        artifacts = self.model_artifacts_url
        return {
            "ModelArtifacts": {"S3ModelArtifacts": artifacts} if artifacts else None,
            "FinalMetricDataList": self.metrics or None,
        }


@dataclass(kw_only=True)
class TrainingRunner(ContainerRunner):
    """Runs training jobs, each in the thread of its caller.

    The folders of the first host are `<job>/opt/ml`, those of others `<job>/<host>/opt/ml`.

    Args:
        stop_grace_seconds: From SIGTERM to SIGKILL; SageMaker gives 120 s.
        tracking: Gives the variables by which the container of a request reaches its MLflow.
    """

    stop_grace_seconds: float = 120
    tracking: Callable[[Mapping[str, Any]], Mapping[str, str]] = field(default=lambda _: {})

    def __post_init__(self) -> None:
        """Begin without jobs."""
        self._jobs: RunningJobs[RunningJob] = RunningJobs()

    def run(self, request: dict[str, Any]) -> TrainingResult:
        """Run the job of a CreateTrainingJob request to its end. Never raises for a job that fails."""
        name = request["TrainingJobName"]
        home = self.directory / name
        folders = ContainerFolders(home, log=home / LOG)
        job, started = RunningJob(), time.monotonic()
        with self._jobs.under_way(name, job):
            shutil.rmtree(folders.home, ignore_errors=True)
            folders.home.mkdir(parents=True)
            folders.log.touch()
            try:
                return self._run(request, job, folders, started)
            except Exception as error:
                return _result("Failed", folders, started, reason=reason_of(error))

    def stop(self, job_name: str) -> None:
        """Ask a job to end, SIGTERM first, even one whose run() is only about to begin; run() returns `Stopped`."""
        self._jobs.stop(job_name)

    def _run(
        self, request: dict[str, Any], job: RunningJob, folders: ContainerFolders, started: float
    ) -> TrainingResult:
        check_request(request)
        image = resolve_image(self.images, request["AlgorithmSpecification"]["TrainingImage"])
        groups = machine_groups(request)
        hosts = [host for group in groups for host in group.hosts]
        homes = {host: folders.home if host == hosts[0] else folders.home / host for host in hosts}
        places = {host: ContainerFolders(home, log=home / LOG) for host, home in homes.items()}
        pipes: list[ChannelPipe] = []
        try:
            for host, own in places.items():
                for folder in ("model", "output/data", "checkpoints", "input/data", "input/config"):
                    (own.base / folder).mkdir(parents=True, exist_ok=True)
                pipes += bring_channels(self.s3, request, own.base / "input/data", groups, host)
                checkpoints = request.get("CheckpointConfig")
                if checkpoints:
                    download_prefix(self.s3, checkpoints["S3Uri"].rstrip("/") + "/", own.base / "checkpoints")
                write_configuration(request, own.base, groups, host)
            if job.stop_requested:
                return _result("Stopped", folders, started)
            return self._trained(request, job, image, places, started)
        finally:
            close_pipes(pipes)

    def _trained(
        self,
        request: dict[str, Any],
        job: RunningJob,
        image: LocalImage,
        places: Mapping[str, ContainerFolders],
        started: float,
    ) -> TrainingResult:
        hosts = [*places]
        folders = places[hosts[0]]
        region = self.aws_environment.get("AWS_REGION", "us-east-1")
        environment = {
            **self.aws_environment,
            **meeting_place(hosts),
            **self.tracking(request),
            **container_environment(request, region),
        }
        limit = request["StoppingCondition"].get("MaxRuntimeInSeconds", DEFAULT_MAXIMUM_SECONDS)
        program = program_of(request)
        containers = {
            host: Container(program.of(image), own, arguments=program.arguments, environment=environment)
            for host, own in places.items()
        }
        ended = supervise(containers, job, time.monotonic() + limit, self.stop_grace_seconds)
        for host in hosts[1:]:
            _merge(places[host].base, folders.base)
        model = self._upload(request, folders.base, with_model=ended.code == 0 or ended.outcome != "Completed")
        metrics = _metrics(request, "\n".join(container.log_text() for container in containers.values()))
        if ended.outcome == "Completed" and ended.code != 0:
            reason = _failure(places[ended.host].base, ended.code, containers[ended.host].last_words())
            return _result("Failed", folders, started, reason=reason, metrics=metrics)
        return _result(ended.outcome, folders, started, model=model, metrics=metrics)

    def _upload(self, request: dict[str, Any], base: Path, *, with_model: bool) -> str | None:
        prefix = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        output = f"{prefix}/{request['TrainingJobName']}/output"
        if any((base / "output" / "data").iterdir()):
            upload_archive(self.s3, base / "output" / "data", f"{output}/output.tar.gz")
        checkpoints = request.get("CheckpointConfig")
        if checkpoints:
            upload_folder(self.s3, base / "checkpoints", checkpoints["S3Uri"])
        if not with_model or not any((base / "model").iterdir()):
            return None
        upload_archive(self.s3, base / "model", f"{output}/model.tar.gz")
        return f"{output}/model.tar.gz"


def _merge(base: Path, first: Path) -> None:
    """Add what another host has left to that of the first one, whose own files stay."""
    for folder in ("model", "output/data", "checkpoints"):
        for path in sorted((base / folder).rglob("*")):
            target = first / path.relative_to(base)
            if path.is_file() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)


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
        failure_reason=reason,
        model_artifacts_url=model,
        metrics=metrics or [],
        seconds=time.monotonic() - started,
        log=folders.log,
    )


def _failure(base: Path, code: int, last_words: str) -> str:
    """SageMaker's wording: the container's own reason between the class of error and the exit code."""
    failure = base / "output" / "failure"
    text = failure.read_text(errors="replace").strip() if failure.is_file() else last_words
    return shortened_reason(f"AlgorithmError: {text}", f", exit code: {code}")


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
