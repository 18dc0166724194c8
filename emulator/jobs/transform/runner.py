"""Transform jobs: a model's containers as local processes between objects in S3 and objects in S3."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.containers.container import ContainerFolders, ContainerRunner, resolve_image
from emulator.containers.errors import DataPlaneError
from emulator.containers.objects import fetch_model, list_keys, read_manifest, read_object, split_uri
from emulator.jobs.runners import JobResult, reason_of, shortened_reason
from emulator.jobs.running_jobs import RunningJob, RunningJobs
from emulator.jobs.transform.records import put_together
from emulator.jobs.transform.request import (
    TransformPlan,
    check_request,
    container_environment,
    named_containers,
    plan_of,
)
from emulator.jobs.transform.server import TransformChain, TransformServer, clear

_STARTUP_SECONDS = 480


@dataclass(frozen=True, kw_only=True)
class TransformResult(JobResult):
    """How a job ended.

    Args:
        log: The containers' output.
    """

    log: Path


@dataclass
class _Job(RunningJob):
    chain: TransformChain = field(default_factory=TransformChain)


@dataclass(kw_only=True)
class TransformRunner(ContainerRunner):
    """Runs transform jobs, each in the thread of its caller; their folders are `<job>/opt/ml`."""

    def __post_init__(self) -> None:
        """Begin without jobs."""
        self._jobs: RunningJobs[_Job] = RunningJobs()

    def run(self, request: dict[str, Any], model: Mapping[str, Any]) -> TransformResult:
        """Run the job of a CreateTransformJob request with the model of a CreateModel request, to its end.

        Never raises for a job that fails.
        """
        name = request["TransformJobName"]
        folders = ContainerFolders(self.directory / name, log=self.directory / name / "log.txt")
        job = _Job()
        with self._jobs.under_way(name, job):
            try:
                clear(folders)
                failures = self._run(request, model, job, folders)
            except Exception as error:
                failures = [reason_of(error)]
            finally:
                job.chain.stop()
        if job.stop_requested:
            return TransformResult(status="Stopped", log=folders.log)
        if failures:
            return TransformResult(
                status="Failed", failure_reason=shortened_reason("; ".join(failures)), log=folders.log
            )
        return TransformResult(status="Completed", log=folders.log)

    def stop(self, job_name: str) -> None:
        """Ask a job to end, even one whose run() is only about to begin; run() then returns `Stopped`."""
        job = self._jobs.stop(job_name)
        if job is not None:
            job.chain.kill()

    def _run(
        self, request: dict[str, Any], model: Mapping[str, Any], job: _Job, folders: ContainerFolders
    ) -> list[str]:
        """The reasons of the objects that could not be transformed; all others are written."""
        check_request(request)
        containers = named_containers(model)
        inputs = self._inputs(request["TransformInput"]["DataSource"]["S3DataSource"])
        for name, container in containers.items():
            home = folders.home / name if len(containers) > 1 else folders.home
            if job.stop_requested:
                return []
            job.chain.add(name, self._started(container, request, ContainerFolders(home, folders.log)))
        # A stop that came while a process was being started has found nothing to end.
        if job.stop_requested:
            return []
        job.chain.await_ping(_STARTUP_SECONDS)
        plan = plan_of(request, job.chain.execution_parameters())
        failures: list[str] = []
        for uri, path in inputs:
            if job.stop_requested:
                break
            try:
                result = self._transform(plan, job.chain, read_object(self.s3, uri))
                self._write(f"{request['TransformOutput']['S3OutputPath'].rstrip('/')}/{path}.out", result)
            except DataPlaneError as error:
                failures.append(f"AlgorithmError: {uri}: {error}")
        return failures

    def _started(
        self, container: Mapping[str, Any], request: dict[str, Any], folders: ContainerFolders
    ) -> TransformServer:
        image = resolve_image(self.images, container["Image"])
        model_folder = folders.base / "model"
        model_folder.parent.mkdir(parents=True, exist_ok=True)
        if container.get("ModelDataUrl"):
            fetch_model(self.s3, container["ModelDataUrl"], model_folder)
        model_folder.mkdir(exist_ok=True)
        environment = {**self.aws_environment, **container.get("Environment", {}), **container_environment(request)}
        return TransformServer(image, folders, environment)

    def _inputs(self, source: Mapping[str, str]) -> list[tuple[str, str]]:
        """URI of each input object, and its path below the prefix, under which its output is written."""
        if source["S3DataType"] == "ManifestFile":
            found = read_manifest(self.s3, source["S3Uri"])
        else:
            bucket, prefix = split_uri(source["S3Uri"])
            keys = list_keys(self.s3, bucket, prefix)
            found = [(f"s3://{bucket}/{key}", _below(prefix, key)) for key in keys]
        if not found:
            raise DataPlaneError(f"no S3 objects found under {source['S3Uri']}")
        return found

    def _transform(self, plan: TransformPlan, chain: TransformChain, content: bytes) -> bytes:
        records = plan.batching.split(_unpacked(content) if plan.compressed else content)
        processing = plan.processing
        sent = [processing.select_input(record) for record in records] if processing.active else records
        ranges = list(plan.batching.batches(sent))

        def answer(of: tuple[int, int]) -> bytes:
            body = b"\n".join(sent[slice(*of)])
            answered = chain.invoke(
                body,
                plan.headers,
                timeout=plan.timeout,
                retries=plan.retries,
                chunked=plan.batching.most_bytes is None,
            )
            return processing.join(records[slice(*of)], answered) if processing.active else answered

        with ThreadPoolExecutor(plan.concurrency) as pool:
            return put_together(list(pool.map(answer, ranges)), by_line=plan.assemble_by_line)

    def _write(self, uri: str, content: bytes) -> None:
        bucket, key = split_uri(uri)
        try:
            self.s3.put_object(Bucket=bucket, Key=key, Body=io.BytesIO(content))
        except Exception as error:
            raise DataPlaneError(f"{uri} cannot be written: {error}") from error


def _below(prefix: str, key: str) -> str:
    """The path of a key below a prefix; what a prefix cuts in the middle of a name keeps the whole name."""
    folder = prefix if prefix.endswith("/") or key.startswith(f"{prefix}/") else prefix.rpartition("/")[0]
    return key.removeprefix(folder).lstrip("/")


def _unpacked(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError) as error:
        raise DataPlaneError(f"the object is not compressed by gzip: {error}") from error
