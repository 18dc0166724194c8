"""Results of jobs that nobody waits for, with the function killed at each of its calls and AWS throttled."""

import json
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.job.kinds import KINDS
from lambdas.job.results import JobResults

POINTER = "/platform/dev/training"


class Account(ServicesInMemory):
    """Training jobs, parameters and a topic."""

    def __init__(self) -> None:
        super().__init__()
        self.values = {f"{POINTER}/status": "{}"}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.told: list[str] = []
        self.throttled = False

    def asked(self, operation: str) -> None:
        if self.throttled:
            raise ServiceError("ThrottlingException", operation)

    def get_parameter(self, Name: str) -> dict[str, Any]:  # noqa: N803
        return {"Parameter": {"Value": self.values[Name]}}

    def put_parameter(self, Name: str, Value: str, Overwrite: bool) -> dict[str, Any]:  # noqa: N803
        assert Overwrite
        assert Value
        self.values[Name] = Value
        return {}

    def publish(self, Message: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.told.append(Message)
        return {}

    def describe_training_job(self, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        return self.jobs[TrainingJobName]

    def end(self, job: str, status: str, **more: Any) -> None:
        artifact = {"ModelArtifacts": {"S3ModelArtifacts": f"s3://models/{job}"}} if status == "Completed" else {}
        self.jobs[job] = {"TrainingJobStatus": status, "TrainingJobArn": f"arn:{job}", **artifact, **more}

    @property
    def status(self) -> dict[str, str]:
        return json.loads(self.values[f"{POINTER}/status"])

    @property
    def artifact(self) -> str | None:
        return self.values.get(f"{POINTER}/ModelArtifactUrl")


def results(account: Account, topic: str = "topic") -> JobResults:
    return JobResults(KINDS["TrainingJob"], POINTER, topic, account, account, account)


def test_a_job_is_followed_from_its_start_to_its_result() -> None:
    account = Account()
    account.end("one", "InProgress")
    results(account).started("one")
    assert (account.status, account.artifact, account.told) == ({"job": "one", "status": "InProgress"}, None, [])
    account.end("one", "Completed")
    for _ in range(2):
        results(account).changed("one")
    assert account.status == {"job": "one", "status": "Completed"}
    assert account.artifact == "s3://models/one"
    assert account.told == ["TrainingJob one: Completed"]


def test_a_failure_is_told_with_its_reason_and_loses_no_result() -> None:
    account = Account()
    account.end("one", "Completed")
    results(account).started("one")
    account.end("two", "Failed", FailureReason="AlgorithmError: no rows")
    results(account).started("two")
    assert account.status == {"job": "two", "status": "Failed", "reason": "AlgorithmError: no rows"}
    assert account.artifact == "s3://models/one"
    assert account.told[-1] == "TrainingJob two: Failed\nAlgorithmError: no rows"


def test_events_of_jobs_that_were_replaced_change_nothing() -> None:
    account = Account()
    account.end("old", "InProgress")
    results(account).started("old")
    account.end("new", "InProgress")
    results(account).started("new")
    account.end("old", "Completed")
    results(account).changed("old")
    assert account.status["job"] == "new"
    assert account.artifact is None


def test_an_end_that_is_told_before_the_start_is_not_lost() -> None:
    account = Account()
    account.end("one", "Completed")
    results(account).changed("one")
    assert account.status == {}
    results(account).started("one")
    assert account.artifact == "s3://models/one"


def test_a_return_to_a_job_that_is_done_returns_to_its_result() -> None:
    account = Account()
    for name in ("one", "two"):
        account.end(name, "Completed")
        results(account).started(name)
    results(account).started("one")
    assert account.artifact == "s3://models/one"


@pytest.mark.parametrize("after", [False, True], ids=["before-a-call", "after-a-call"])
def test_killed_at_any_call_it_writes_the_result_and_tells(after: bool) -> None:
    deaths = 0
    for calls in range(10):
        account = Account()
        account.end("one", "Completed")
        account.calls_until_death, account.dies_after_the_call = calls, after
        try:
            results(account).started("one")
        except KilledError:
            deaths += 1
        account.calls_until_death = None
        results(account).started("one")
        assert account.status == {"job": "one", "status": "Completed"}
        assert account.artifact == "s3://models/one"
        assert 1 <= len(account.told) <= 2
    assert deaths == 6


def test_throttled_it_hands_the_message_back() -> None:
    account = Account()
    account.end("one", "Completed")
    account.throttled = True
    for _ in range(5):
        with pytest.raises(ServiceError):
            results(account).started("one")
    account.throttled = False
    results(account).started("one")
    assert (account.artifact, len(account.told)) == ("s3://models/one", 1)
