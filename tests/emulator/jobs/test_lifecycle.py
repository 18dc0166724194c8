"""The life of a job, with a runner that ends when it is told to."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from emulator.jobs.lifecycle import Jobs
from emulator.jobs.runners import JobResult, JobRunner, Work
from emulator.jobs.state_changes import StateChanges
from emulator.jobs.table import job_rows
from emulator.ministack.scope import Scope
from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.shapes.errors import ServiceError

HERE = Scope("123456789012", "us-east-1")


class Waiting(JobRunner):
    """Runs jobs until they are told how they end."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.result = JobResult(status="Completed")

    def work_of(self, record: Record) -> Work:
        if record.request.get("Refused"):
            raise ServiceError("ValidationException", "no such job")

        def work() -> JobResult:
            assert self.ended.wait(300)
            return self.result

        return work

    def stop(self, name: str) -> None:
        assert name == "job"
        self.result = JobResult(status="Stopped", failure_reason=None)
        self.ended.set()


class Place:
    """A kind of job with its records, and the statuses that were told."""

    def __init__(self, kind: str, runner: Waiting | None) -> None:
        self.kind = kinds()[kind]
        self.told: list[tuple[str, str]] = []
        self.records = Records(lambda: HERE, lambda: None)
        self.jobs = Jobs(self.kind, runner, self.records, StateChanges(self._tell, lambda: None))

    def _tell(self, owner: Scope, detail_type: str, detail: str, resources: Sequence[str]) -> None:
        assert owner == HERE
        assert len(resources) == 1
        self.told.append((detail_type, detail))

    def job(self, **request: Any) -> Record:
        named = {self.kind.identity[-1]: "job", **request}
        arn = self.kind.arn(HERE.account, HERE.region, "job")
        record = Record(self.kind.name, "job", arn, named, {}, {}, HERE.account, HERE.region)
        self.records.add(record)
        return record


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def status(record: Record) -> Any:
    return record.outcome[kinds()[record.kind].status_member]


@pytest.mark.parametrize("kind", ["ProcessingJob", "TransformJob"])
def test_a_job_runs_and_ends_and_both_are_told(kind: str) -> None:
    runner = Waiting()
    place = Place(kind, runner)
    record = place.job()
    place.jobs.created(record)
    assert status(record) == "InProgress"
    with pytest.raises(ServiceError, match="Cannot delete running"):
        place.jobs.deleted(record)
    runner.ended.set()
    until(lambda: len(place.told) == 2)
    assert status(record) == "Completed"
    stem = kind.removesuffix("Job")
    assert record.outcome[f"{stem}StartTime"] <= record.outcome[f"{stem}EndTime"]
    assert "BillableTimeInSeconds" not in record.outcome
    assert {detail_type for detail_type, _ in place.told} == {job_rows()[kind].event}
    assert place.jobs.deleted(record)


def test_a_training_job_is_billed() -> None:
    runner = Waiting()
    place = Place("TrainingJob", runner)
    record = place.job()
    place.jobs.created(record)
    runner.ended.set()
    until(lambda: len(place.told) == 2)
    assert status(record) == "Completed"
    assert record.outcome["BillableTimeInSeconds"] == record.outcome["TrainingTimeInSeconds"] >= 1


def test_a_job_is_stopped_once() -> None:
    place = Place("TransformJob", Waiting())
    record = place.job()
    place.jobs.created(record)
    place.jobs.stopped(record)
    until(lambda: status(record) == "Stopped")
    with pytest.raises(ServiceError, match="is in status Stopped"):
        place.jobs.stopped(record)


def test_a_refused_job_does_not_begin() -> None:
    place = Place("TransformJob", Waiting())
    record = place.job(Refused=True)
    with pytest.raises(ServiceError, match="no such job"):
        place.jobs.created(record)
    assert record.outcome == {}


def test_work_that_raises_is_an_internal_error() -> None:
    class Broken(Waiting):
        def work_of(self, record: Record) -> Work:
            del record

            def work() -> JobResult:
                raise OSError("no disk")

            return work

    place = Place("ProcessingJob", Broken())
    record = place.job()
    place.jobs.created(record)
    until(lambda: len(place.told) == 2)
    assert status(record) == "Failed"
    assert record.outcome["FailureReason"] == "InternalServerError: no disk"


def test_a_job_that_a_crash_has_ended_fails() -> None:
    place = Place("ProcessingJob", Waiting())
    record = place.job()
    record.outcome["ProcessingJobStatus"] = "Stopping"
    assert place.jobs.settle_after_restart("the power went") == ["processing job job was running: the power went"]
    assert (status(record), record.outcome["FailureReason"]) == ("Failed", "the power went")
    assert place.jobs.settle_after_restart("the power went") == []


def test_a_kind_that_nothing_runs_fails_with_the_reason() -> None:
    place = Place("CompilationJob", None)
    record = place.job()
    place.jobs.created(record)
    assert status(record) == "FAILED"
    assert "does not run compilation jobs" in record.outcome["FailureReason"]
    assert place.told == []
    with pytest.raises(ServiceError, match="is in status FAILED"):
        place.jobs.stopped(record)
    assert place.jobs.deleted(record)


def test_the_table_and_the_service_model_name_the_same_resource() -> None:
    assert {name: row.resource for name, row in job_rows().items()} == {
        name: kinds()[name].arn_resource for name in job_rows()
    }
