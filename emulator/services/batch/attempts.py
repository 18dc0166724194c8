"""One attempt of a job: a container from start to end, its lines in CloudWatch Logs."""

from __future__ import annotations

import json
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.containers.container import Container, ContainerFolders, resolve_image
from emulator.containers.errors import DataPlaneError
from emulator.containers.log_delivery import new_lines, put_lines
from emulator.images.store import ImageStore
from emulator.ministack import in_process
from emulator.services.batch.held import Item
from emulator.services.batch.retries import Ending
from emulator.services.batch.submissions import command_of
from emulator.shapes.errors import ServiceError

_POLL_SECONDS = 0.1
_EXITED = "Essential container in task exited"
_TIMED_OUT = "Job attempt duration exceeded timeout"
_NOT_STARTED = "Task failed to start"
_COMMON_GROUP = "/aws/batch/job"


@dataclass(frozen=True)
class Placed:
    """A job that has been given a place.

    Args:
        detail: As DescribeJobs shows it.
        environment: Name of its compute environment.
        queue: Name of its queue.
        number: Which attempt it is, from 1.
        array_size: Size of the array that it is one of.
    """

    detail: Item
    environment: str
    queue: str
    number: int
    array_size: int | None = None

    def variables(self) -> dict[str, str]:
        """What Batch says to the container.

        https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
        """
        said = {
            "AWS_BATCH_CE_NAME": self.environment,
            "AWS_BATCH_JOB_ATTEMPT": str(self.number),
            "AWS_BATCH_JOB_ID": str(self.detail["jobId"]),
            "AWS_BATCH_JQ_NAME": self.queue,
        }
        if self.array_size is not None:
            said["AWS_BATCH_JOB_ARRAY_INDEX"] = str(self.detail["arrayProperties"]["index"])
            said["AWS_BATCH_JOB_ARRAY_SIZE"] = str(self.array_size)
        return said


@dataclass(frozen=True)
class Began:
    """An attempt whose container runs: the stream of its lines, and its task."""

    stream: str
    task: str


@dataclass(kw_only=True)
class Attempts:
    """Runs attempts, each in the thread of its caller.

    Args:
        images: Where image URIs are looked up.
        directory: A folder of its own.
        aws_environment: Variables by which every container reaches the emulator.
        stop_grace_seconds: From SIGTERM to SIGKILL.
    """

    images: ImageStore
    directory: Path
    aws_environment: Mapping[str, str]
    stop_grace_seconds: float = 30

    def run(self, placed: Placed, stopping: threading.Event, began: Callable[[Began], None]) -> Ending:
        """Run to the end, or until it is asked to stop. Never raises for a job that fails."""
        task = uuid.uuid4().hex
        home = self.directory / str(placed.detail["jobId"]).replace(":", "-") / str(placed.number)
        shutil.rmtree(home, ignore_errors=True)
        try:
            group, stream = _log_of(placed.detail, task)
            container = self._started(placed, home)
        except (DataPlaneError, ServiceError) as error:
            return Ending(_NOT_STARTED, str(error))
        began(Began(stream, task))
        limit = placed.detail["timeout"].get("attemptDurationSeconds")
        deadline = time.monotonic() + limit if limit else None
        log = _Log(container.log, group, stream)
        late = False
        while (code := container.wait(_POLL_SECONDS)) is None:
            log.deliver()
            late = deadline is not None and time.monotonic() > deadline
            if late or stopping.is_set():
                code = container.terminate(self.stop_grace_seconds)
                break
        log.finish()
        return Ending(_TIMED_OUT if late else _EXITED, code=code, timed_out=late)

    def _started(self, placed: Placed, home: Path) -> Container:
        properties: Mapping[str, Any] = placed.detail["container"]
        try:
            image = resolve_image(self.images, properties["image"])
        except DataPlaneError as error:
            raise DataPlaneError(f"CannotPullContainerError: {error}") from error
        given = {each["name"]: each["value"] for each in properties.get("environment", ())}
        return Container(
            image,
            ContainerFolders(home, log=home / "log.txt"),
            arguments=command_of(placed.detail),
            environment={**self.aws_environment, **given, **_secrets(properties), **placed.variables()},
        )


class _Log:
    def __init__(self, file: Path, group: str, stream: str) -> None:
        self._file = file
        self._group, self._stream = group, stream
        self._end = 0

    def deliver(self) -> None:
        """Send the lines that are new."""
        while True:
            lines, end = new_lines(self._file, self._end)
            put_lines(self._group, self._stream, lines)
            if end == self._end:
                return
            self._end = end

    def finish(self) -> None:
        """Send what is left, even a line without an end."""
        self.deliver()
        with self._file.open("rb") as log:
            log.seek(self._end)
            put_lines(self._group, self._stream, log.read().decode(errors="replace").splitlines())


def _log_of(detail: Item, task: str) -> tuple[str, str]:
    """Group and stream; raises DataPlaneError where the group has to be there and is not."""
    configured: Mapping[str, Any] = detail["container"].get("logConfiguration") or {"logDriver": "awslogs"}
    if configured["logDriver"] != "awslogs":
        raise DataPlaneError(f"the emulator has no log driver {configured['logDriver']}, only awslogs")
    options: Mapping[str, str] = configured.get("options") or {}
    group = options.get("awslogs-group", _COMMON_GROUP)
    prefix = options.get("awslogs-stream-prefix") or detail["jobDefinition"].rpartition("/")[2].partition(":")[0]
    stream = f"{prefix}/default/{task}"
    if group != _COMMON_GROUP and options.get("awslogs-create-group") != "true":
        try:
            in_process.call("logs", "CreateLogStream", {"logGroupName": group, "logStreamName": stream})
        except ServiceError as error:
            raise DataPlaneError(
                f"ResourceInitializationError: failed to create Cloudwatch log stream: {error}"
            ) from error
    return group, stream


def _secrets(properties: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in properties.get("secrets", ()):
        try:
            found[each["name"]] = _secret(str(each["valueFrom"]))
        except ServiceError as error:
            raise DataPlaneError(f"ResourceInitializationError: unable to pull secrets: {error}") from error
    return found


def _secret(source: str) -> str:
    """The value behind the ARN of a secret, which may end in `:json-key::`, or of a parameter."""
    parts = source.split(":")
    if len(parts) > 6 and parts[2] == "secretsmanager":
        value = str(
            in_process.call("secretsmanager", "GetSecretValue", {"SecretId": ":".join(parts[:7])})["SecretString"]
        )
        key = parts[7] if len(parts) > 7 else ""
        return str(json.loads(value)[key]) if key else value
    name = source.rpartition(":parameter")[2] if ":parameter/" in source else source
    request = {"Name": name, "WithDecryption": True}
    return str(in_process.call("ssm", "GetParameter", request)["Parameter"]["Value"])
