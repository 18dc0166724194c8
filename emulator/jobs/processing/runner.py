"""Processing jobs: the request's containers as local processes, their inputs from S3 and their results to S3."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.containers.container import Container, ContainerFolders, ContainerRunner, resolve_image
from emulator.containers.errors import DataPlaneError
from emulator.containers.objects import ChangedFiles, download_listed, download_prefix, upload_folder
from emulator.jobs.cluster import ClusterEnd, host_names, supervise
from emulator.jobs.processing.request import (
    check_request,
    inputs,
    outputs,
    program_of,
    write_configuration,
)
from emulator.jobs.program import inside
from emulator.jobs.runners import JobResult, reason_of, shortened_reason
from emulator.jobs.running_jobs import RunningJob, RunningJobs

DEFAULT_MAXIMUM_SECONDS = 86_400
MAXIMUM_MESSAGE_BYTES = 1_024


@dataclass(frozen=True, kw_only=True)
class ProcessingResult(JobResult):
    """How a job ended.

    Args:
        exit_message: What the container has left to be told.
    """

    exit_message: str | None = None

    def described(self) -> Mapping[str, Any]:
        """What Describe shows of it beside status and reason."""
        return {"ExitMessage": self.exit_message}


@dataclass(kw_only=True)
class ProcessingRunner(ContainerRunner):
    """Runs processing jobs, each in the thread of its caller; their folders are `<job>/<host>/opt/ml`.

    Args:
        stop_grace_seconds: From SIGTERM to SIGKILL.
    """

    stop_grace_seconds: float = 120

    def __post_init__(self) -> None:
        """Begin without jobs."""
        self._jobs: RunningJobs[RunningJob] = RunningJobs()

    def run(self, request: Mapping[str, Any], arn: str) -> ProcessingResult:
        """Run the job of a CreateProcessingJob request to its end. Never raises for a job that fails."""
        name = request["ProcessingJobName"]
        job = RunningJob()
        with self._jobs.under_way(name, job):
            shutil.rmtree(self.directory / name, ignore_errors=True)
            try:
                return self._run(request, arn, job)
            except Exception as error:
                return ProcessingResult(status="Failed", failure_reason=reason_of(error))

    def stop(self, job_name: str) -> None:
        """Ask a job to end, SIGTERM first, even one whose run() is only about to begin; run() returns `Stopped`."""
        self._jobs.stop(job_name)

    def _run(self, request: Mapping[str, Any], arn: str, job: RunningJob) -> ProcessingResult:
        check_request(request)
        image = resolve_image(self.images, request["AppSpecification"]["ImageUri"])
        hosts = host_names(request["ProcessingResources"]["ClusterConfig"].get("InstanceCount", 1))
        homes = {host: self.directory / request["ProcessingJobName"] / host for host in hosts}
        folders = {host: ContainerFolders(home, log=home / "log.txt") for host, home in homes.items()}
        for position, (host, own) in enumerate(folders.items()):
            self._download(request, own.base, position, len(hosts))
            write_configuration(request, own.base, arn, hosts, host)
        if job.stop_requested:
            return ProcessingResult(status="Stopped")
        isolated = request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False)
        environment = {**({} if isolated else self.aws_environment), **request.get("Environment", {})}
        program = program_of(request)
        containers = {
            host: Container(program.of(image), own, arguments=program.arguments, environment=environment)
            for host, own in folders.items()
        }
        changed = [
            ChangedFiles(self.s3, inside(own.base, output["LocalPath"]), output["S3Uri"])
            for own in folders.values()
            for output in outputs(request)
            if output["S3UploadMode"] == "Continuous"
        ]

        def upload_changes() -> None:
            for files in changed:
                files.upload()

        limit = request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DEFAULT_MAXIMUM_SECONDS)
        deadline = time.monotonic() + limit
        ended = supervise(containers, job, deadline, self.stop_grace_seconds, upload_changes)
        upload_changes()
        return self._result(request, folders, ended, containers[ended.host].last_words())

    def _download(self, request: Mapping[str, Any], base: Path, position: int, count: int) -> None:
        for source in inputs(request):
            folder = inside(base, source["LocalPath"])
            folder.mkdir(parents=True, exist_ok=True)
            sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
            share = (position, count) if sharded else (0, 1)
            download = download_prefix if source["S3DataType"] == "S3Prefix" else download_listed
            if not download(self.s3, source["S3Uri"], folder, share=share) and share[0] == 0:
                raise DataPlaneError(f"Data download failed: no S3 objects found under {source['S3Uri']}")
        for output in outputs(request):
            inside(base, output["LocalPath"]).mkdir(parents=True, exist_ok=True)

    def _result(
        self, request: Mapping[str, Any], folders: Mapping[str, ContainerFolders], ended: ClusterEnd, last_words: str
    ) -> ProcessingResult:
        told = folders[ended.host].base / "output" / "message"
        message = told.read_bytes()[:MAXIMUM_MESSAGE_BYTES].decode(errors="ignore") if told.is_file() else None
        if ended.outcome != "Completed":
            return ProcessingResult(status="Stopped", exit_message=message)
        if ended.code != 0:
            reason = shortened_reason(f"AlgorithmError: {message or last_words}", f", exit code: {ended.code}")
            return ProcessingResult(status="Failed", failure_reason=reason, exit_message=message)
        for own in folders.values():
            for output in outputs(request):
                if output["S3UploadMode"] == "EndOfJob":
                    upload_folder(self.s3, inside(own.base, output["LocalPath"]), output["S3Uri"])
        return ProcessingResult(status="Completed", exit_message=message)
