"""What runs the jobs of a kind: each room of this package has a class `Runner`, found by the kind's row."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from emulator.containers.errors import DataPlaneError
from emulator.containers.objects import S3Client
from emulator.images.store import ImageStore
from emulator.jobs.table import job_rows
from emulator.sagemaker.api.records import Record, Records

_MOST_REASON = 1_024


@dataclass(frozen=True, kw_only=True)
class JobResult:
    """How a job ended.

    Args:
        status: `Completed`, `Failed` or `Stopped`.
        failure_reason: Why it failed; None otherwise.
    """

    status: str
    failure_reason: str | None = None

    def described(self) -> Mapping[str, Any]:
        """What Describe shows of it beside status and reason; None stands for nothing."""
        return {}


LOG = "log.txt"
"""The file in a job's folder that holds what its container writes."""

Work = Callable[[], JobResult]
Operation = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""The name of an operation of the API, and its request."""


@dataclass(frozen=True)
class Phases:
    """What SecondaryStatusTransitions says of a job, for kinds that have them."""

    starting: str
    running: tuple[str, str]
    stopping: str
    ended: Mapping[str, str]


@dataclass(frozen=True)
class Workshop:
    """What runners are made of.

    Args:
        records: Where models are kept.
        images: Where image URIs are looked up.
        s3: Client for all that containers read and write.
        state: The emulator's state directory; each kind has a folder in it.
        call: Calls an operation of the SageMaker API, for jobs that start others.
        aws: The variables by which a container with a network reaches the emulator.
        tracking: Gives the variables by which the container of a job's request reaches its MLflow.
    """

    records: Records
    images: ImageStore
    s3: S3Client
    state: Path
    call: Operation
    aws: Mapping[str, str]
    tracking: Callable[[Mapping[str, Any]], Mapping[str, str]]

    def training_log(self, name: str) -> Path:
        """What the first container of a training job has written so far."""
        return self.state / "training" / name / LOG


class JobRunner(Protocol):
    """Runs the jobs of one kind."""

    phases: Phases | None = None

    @property
    def operations(self) -> Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        """Operations of the API that only this kind has."""
        return {}

    def work_of(self, record: Record) -> Work:
        """What runs a job to its end; never raises for a job that fails. Raises ServiceError to refuse the job."""
        ...

    def first_status(self, record: Record) -> str:
        """The status of a job that was accepted; one that is not `InProgress` is changed by the work."""
        del record
        return "InProgress"

    def stop(self, name: str) -> None:
        """Ask a job to end, even one that is only about to begin; its result is then `Stopped`."""
        ...


_UNTABLED: Mapping[str, tuple[str, ...]] = {"automl": ("AutoMLJob",)}
"""Kinds without a row in the table, by the room whose runner runs them too."""


class _Room(Protocol):
    Runner: Callable[[Workshop], JobRunner]


def job_runners(workshop: Workshop) -> Mapping[str, JobRunner]:
    """A runner for each kind that has a room, in the order of the table."""
    found: dict[str, JobRunner] = {}
    for name, row in job_rows().items():
        if importlib.util.find_spec(f"{__package__}.{row.room}"):
            runner = cast(_Room, importlib.import_module(f"{__package__}.{row.room}")).Runner(workshop)
            found |= dict.fromkeys((name, *_UNTABLED.get(row.room, ())), runner)
    return found


def reason_of(error: Exception) -> str:
    """The failure reason of a job whose work has raised."""
    if isinstance(error, DataPlaneError):
        return shortened_reason(f"ClientError: {error}")
    return shortened_reason(f"InternalServerError: {type(error).__name__}: {error}")


def shortened_reason(reason: str, ending: str = "") -> str:
    """A failure reason of at most 1,024 characters, the end of which is whole."""
    return reason[: _MOST_REASON - len(ending)] + ending
