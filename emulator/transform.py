"""Transform jobs: a model's container as a local process between objects in S3 and objects in S3."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, cast

from emulator.container import ContainerFolders, DataPlaneError, resolve_image
from emulator.images import ImageStore
from emulator.objects import S3Client, list_keys, split_uri
from emulator.transform_records import assemble
from emulator.transform_request import TransformPlan, check_request, container_environment, container_of, plan_of
from emulator.transform_server import TransformServer, clear, fetch_model

MAXIMUM_REASON = 1_024
STARTUP_SECONDS = 480


@dataclass(frozen=True)
class TransformResult:
    """How a job ended: `Completed`, `Failed` or `Stopped`, the reason of a failure, and the container's log."""

    status: str
    failure_reason: str | None
    log: Path


@dataclass
class _Job:
    """A running job, as far as stop() needs it."""

    stop_requested: bool = False
    server: TransformServer | None = None


class TransformRunner:
    """Runs transform jobs, each in the thread of its caller.

    Args:
        images: Where image URIs are looked up.
        directory: The jobs' folders, `<job>/opt/ml` and `<job>/log.txt`.
        s3: Client for models, inputs and outputs.
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
        self._jobs: dict[str, _Job] = {}
        self._stopped_early: set[str] = set()
        self._lock = Lock()

    def run(self, request: dict[str, Any], model: Mapping[str, Any]) -> TransformResult:
        """Run the job of a CreateTransformJob request with the model of a CreateModel request, to its end.

        Never raises for a job that fails.
        """
        name = request["TransformJobName"]
        folders = ContainerFolders(self._directory / name, log=self._directory / name / "log.txt")
        job = _Job()
        with self._lock:
            self._jobs[name] = job
            job.stop_requested = name in self._stopped_early
            self._stopped_early.discard(name)
        try:
            clear(folders)
            failures = self._run(request, model, job, folders)
        except DataPlaneError as error:
            failures = [f"ClientError: {error}"]
        except Exception as error:
            failures = [f"InternalServerError: {type(error).__name__}: {error}"]
        finally:
            if job.server is not None:
                job.server.stop()
            with self._lock:
                self._jobs.pop(name, None)
        if job.stop_requested:
            return TransformResult("Stopped", None, folders.log)
        if failures:
            return TransformResult("Failed", "; ".join(failures)[:MAXIMUM_REASON], folders.log)
        return TransformResult("Completed", None, folders.log)

    def stop(self, job_name: str) -> None:
        """Ask a job to end, even one whose run() is only about to begin; run() then returns `Stopped`."""
        with self._lock:
            job = self._jobs.get(job_name)
            if job is None:
                self._stopped_early.add(job_name)
                return
            job.stop_requested = True
        if job.server is not None:
            job.server.kill()

    def _run(
        self, request: dict[str, Any], model: Mapping[str, Any], job: _Job, folders: ContainerFolders
    ) -> list[str]:
        """The reasons of the objects that could not be transformed; all others are written."""
        check_request(request)
        container = container_of(model)
        image = resolve_image(self._images, container["Image"])
        inputs = self._inputs(request["TransformInput"]["DataSource"]["S3DataSource"])
        fetch_model(self._s3, container.get("ModelDataUrl"), folders)
        environment = {**self._aws_environment, **container.get("Environment", {}), **container_environment(request)}
        if job.stop_requested:
            return []
        job.server = server = TransformServer(image, folders, environment)
        # A stop that came while the process was being started has found nothing to end.
        if job.stop_requested:
            return []
        server.await_ping(STARTUP_SECONDS)
        plan = plan_of(request, server.execution_parameters())
        failures: list[str] = []
        for uri, path in inputs:
            if job.stop_requested:
                break
            try:
                result = self._transform(plan, server, self._read(uri))
                self._write(f"{request['TransformOutput']['S3OutputPath'].rstrip('/')}/{path}.out", result)
            except DataPlaneError as error:
                failures.append(f"AlgorithmError: {uri}: {error}")
        return failures

    def _inputs(self, source: Mapping[str, str]) -> list[tuple[str, str]]:
        """URI of each input object, and its path below the prefix, under which its output is written."""
        if source["S3DataType"] == "ManifestFile":
            found = self._listed(source["S3Uri"])
        else:
            bucket, prefix = split_uri(source["S3Uri"])
            keys = list_keys(self._s3, bucket, prefix)
            found = [(f"s3://{bucket}/{key}", _below(prefix, key)) for key in keys]
        if not found:
            raise DataPlaneError(f"no S3 objects found under {source['S3Uri']}")
        return found

    def _listed(self, uri: str) -> list[tuple[str, str]]:
        try:
            manifest: Any = json.loads(self._read(uri))
            prefix = str(manifest[0]["prefix"])
            paths = [str(path) for path in cast(list[Any], manifest[1:])]
        except (ValueError, LookupError, TypeError) as error:
            raise DataPlaneError(f'{uri} is no manifest ([{{"prefix": …}}, "path", …]): {error}') from error
        return [(f"{prefix}{path}", path.lstrip("/")) for path in paths]

    def _transform(self, plan: TransformPlan, server: TransformServer, content: bytes) -> bytes:
        records = plan.batching.split(_unpacked(content) if plan.compressed else content)
        processing = plan.processing
        sent = [processing.select_input(record) for record in records] if processing.active else records
        ranges = list(plan.batching.batches(sent))

        def answer(of: tuple[int, int]) -> bytes:
            body = b"\n".join(sent[slice(*of)])
            answered = server.invoke(
                body,
                plan.headers,
                timeout=plan.timeout,
                retries=plan.retries,
                chunked=plan.batching.most_bytes is None,
            )
            return processing.join(records[slice(*of)], answered) if processing.active else answered

        with ThreadPoolExecutor(plan.concurrency) as pool:
            return assemble(list(pool.map(answer, ranges)), by_line=plan.assemble_by_line)

    def _read(self, uri: str) -> bytes:
        bucket, key = split_uri(uri)
        try:
            content: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except Exception as error:
            raise DataPlaneError(f"{uri} cannot be read: {error}") from error
        return content

    def _write(self, uri: str, content: bytes) -> None:
        bucket, key = split_uri(uri)
        try:
            self._s3.put_object(Bucket=bucket, Key=key, Body=io.BytesIO(content))
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
