"""A request of CloudFormation, step by step, with the function killed at each of its calls and AWS throttled."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.job.deployment import LONGEST_WAIT_SECONDS, JobDeployment

CONTENT = {"RoleArn": "arn:aws:iam::123456789012:role/training", "HyperParameters": {"rounds": "3"}}


def request(kind: str = "Create", **more: Any) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/training/1",
        "LogicalResourceId": "Training",
        "RequestId": "11111111-2222-3333-4444-555555555555",
        "ResourceProperties": {
            "Kind": "TrainingJob",
            "NamePrefix": "platform-training",
            "Request": json.dumps(CONTENT),
        },
        **more,
    }


class Account(ServicesInMemory):
    """Training jobs, the answers that CloudFormation got, and a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[str, dict[str, Any]] = {}
        self.answers: list[tuple[str, str]] = []
        self.attributes: Mapping[str, str] = {}
        self.seconds = 1_000_000.0
        self.stops: list[str] = []
        self.throttled_until = 0.0
        self.ends_as = "Completed"
        self.looks_until_end = 2
        self.told: list[tuple[str, str]] = []

    def now(self) -> float:
        return self.seconds

    def asked(self, operation: str) -> None:
        if operation != "send" and self.seconds < self.throttled_until:
            raise ServiceError("ThrottlingException", "Rate exceeded")

    def passes(self, error: Exception) -> bool:
        return self.code_of(error) == "ThrottlingException"

    def create_training_job(self, TrainingJobName: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        if TrainingJobName in self.jobs:
            raise ServiceError("ResourceInUse")
        self.jobs[TrainingJobName] = {"TrainingJobStatus": "InProgress", "TrainingJobArn": "arn", "Looks": 0}
        return {}

    def describe_training_job(self, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        if TrainingJobName not in self.jobs:
            raise ServiceError("ValidationException", "Requested resource not found.")
        job = self.jobs[TrainingJobName]
        if job["TrainingJobStatus"] == "Stopping":
            job["TrainingJobStatus"] = "Stopped"
        if job["TrainingJobStatus"] == "InProgress":
            job["Looks"] += 1
            if job["Looks"] > self.looks_until_end:
                job |= {"TrainingJobStatus": self.ends_as, "FailureReason": "AlgorithmError: no rows"}
        return dict(job)

    def stop_training_job(self, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        self.stops.append(TrainingJobName)
        self.jobs[TrainingJobName]["TrainingJobStatus"] = "Stopping"
        return {}

    def send(self, status: str, made: str, attributes: Mapping[str, str]) -> dict[str, Any]:
        self.answers.append((status, made))
        self.attributes = attributes
        return {}

    def send_message(self, queue: str, job: str) -> dict[str, Any]:
        self.told.append((queue, job))
        return {}

    @property
    def running(self) -> list[str]:
        return [name for name, job in self.jobs.items() if job["TrainingJobStatus"] == "InProgress"]


def deployment(account: Account) -> JobDeployment:
    def accept(_: Any, made: str, attributes: Mapping[str, str] | None = None) -> None:
        account.call("send", status="SUCCESS", made=made, attributes=attributes or {})

    def refuse(asked: Mapping[str, Any], error: Exception) -> None:
        known = str(asked.get("PhysicalResourceId") or asked["RequestId"])
        account.call("send", status=f"FAILED {error}", made=known, attributes={})

    def tell(queue: str, job: str) -> None:
        account.call("send_message", queue=queue, job=job)

    return JobDeployment(sagemaker=account, accept=accept, refuse=refuse, tell=tell, now=account.now)


def carry_out(account: Account, asked: Mapping[str, Any]) -> int:
    """Go through the steps as the state machine does, which repeats what has failed; how often that was."""
    began, failures = int(account.now()), 0

    def step(work: Callable[[JobDeployment], Any]) -> Any:
        nonlocal failures
        failure = {"Error": ""}
        for attempt in range(11):
            try:
                return work(deployment(account))
            except (KilledError, ServiceError) as error:
                failures += 1
                if isinstance(error, KilledError):
                    account.calls_until_death = None
                account.seconds += min(2 * 2**attempt, 30)
                failure = {"Error": type(error).__name__, "Cause": json.dumps({"errorMessage": str(error)})}
        return deployment(account).give_up(asked, failure)

    def look_at(job: Mapping[str, Any]) -> Any:
        return step(lambda it: it.look(asked, began, job))

    job = step(lambda it: it.choose(asked))
    if not job["Ended"]:
        job = step(lambda it: it.start(asked, began, job))
    while not job["Ended"]:
        account.seconds += job["Pause"]
        job = look_at(job)
    return failures


def test_a_job_is_started_watched_and_its_result_told() -> None:
    account = Account()
    carry_out(account, request())
    [name] = account.jobs
    assert account.answers == [("SUCCESS", name)]
    assert account.attributes == {"Arn": "arn", "ModelArtifactUrl": ""}
    assert name.startswith("platform-training-")


def test_a_failed_job_fails_with_the_reason_of_sagemaker() -> None:
    account = Account()
    account.ends_as = "Failed"
    carry_out(account, request())
    [(said, made)] = account.answers
    assert said.endswith("ended as Failed: AlgorithmError: no rows")
    assert made == request()["RequestId"]


def test_pauses_grow_with_the_age_of_the_job() -> None:
    account = Account()
    began = int(account.now())
    pauses: list[int] = []
    for seconds in (0, 10, 60, 3000):
        account.seconds = began + seconds
        pauses.append(deployment(account).start(request(), began, {"Names": ["platform-training-1"]})["Pause"])
    assert pauses == [2, 2, 15, 30]


def test_a_job_that_does_not_end_in_time_is_stopped_and_named() -> None:
    account = Account()
    account.looks_until_end = 10_000
    carry_out(account, request())
    assert "did not end within 58 minutes" in account.answers[0][0]
    assert (account.running, len(account.stops)) == ([], 1)
    assert account.seconds < 1_000_000 + LONGEST_WAIT_SECONDS + 60


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize("ends_as", ["Completed", "Failed"])
@pytest.mark.parametrize("after", [False, True], ids=["before-a-call", "after-a-call"])
def test_killed_at_any_call_it_starts_one_job_and_answers(kind: str, ends_as: str, after: bool) -> None:
    deaths = 0
    for calls in range(12):
        account = Account()
        # The job has ended before anybody looks again.
        account.ends_as, account.looks_until_end = ends_as, 0
        account.calls_until_death, account.dies_after_the_call = calls, after
        known = {"PhysicalResourceId": "platform-training-before"} if kind == "Update" else {}
        deaths += carry_out(account, request(kind, **known))
        account.calls_until_death = None
        assert len(account.jobs) == 1, calls
        assert len({said for said, _ in account.answers}) == 1
        assert account.answers[0][0].startswith("SUCCESS" if ends_as == "Completed" else "FAILED")
    assert deaths == 3


@pytest.mark.parametrize("known", [True, False], ids=["by-its-name", "never-told-the-name"])
@pytest.mark.parametrize("after", [False, True], ids=["before-a-call", "after-a-call"])
def test_killed_at_any_call_of_a_deletion_it_leaves_nothing(known: bool, after: bool) -> None:
    for calls in range(12):
        account = Account()
        account.looks_until_end = 1000
        created = deployment(account)
        job = created.choose(request())
        created.start(request(), int(account.now()), job)
        name = job["Names"][0] if known else request()["RequestId"]
        account.calls_until_death, account.dies_after_the_call = calls, after
        carry_out(account, request("Delete", PhysicalResourceId=name))
        account.calls_until_death = None
        assert (account.running, len(account.stops)) == ([], 1), calls
        assert {said for said, _ in account.answers} == {"SUCCESS"}


def test_throttled_for_a_minute_it_comes_through() -> None:
    for moment in ("before", "running"):
        account = Account()
        account.throttled_until = account.seconds + 60
        if moment == "running":
            account.throttled_until = 0
            name = deployment(account).choose(request())["Names"][0]
            account.create_training_job(name)
            account.throttled_until = account.seconds + 60
        assert carry_out(account, request()) > 2
        assert len(account.jobs) == 1
        assert [said for said, _ in account.answers] == ["SUCCESS"]


def test_throttled_for_longer_it_gives_up_and_leaves_nothing_running() -> None:
    account = Account()
    account.looks_until_end = 1000
    began = int(account.now())
    job = deployment(account).choose(request())
    deployment(account).start(request(), began, job)
    failure = {"Error": "ClientError", "Cause": json.dumps({"errorMessage": "Rate exceeded"})}
    deployment(account).give_up(request(), failure)
    assert account.answers == [("FAILED ClientError: Rate exceeded", request()["RequestId"])]
    assert account.running == []


def test_giving_up_an_update_does_not_stop_what_ran_before() -> None:
    account = Account()
    account.looks_until_end = 1000
    job = deployment(account).choose(request())
    deployment(account).start(request(), int(account.now()), job)
    asked = request("Update", PhysicalResourceId=job["Names"][0])
    deployment(account).give_up(asked, {"Error": "States.Timeout"})
    assert account.running == job["Names"]


@pytest.mark.parametrize("after", [False, True], ids=["before-a-call", "after-a-call"])
def test_killed_at_any_call_it_starts_one_job_that_nobody_waits_for(after: bool) -> None:
    for calls in range(8):
        account = Account()
        asked = request()
        asked["ResourceProperties"] |= {"Results": "queue"}
        account.calls_until_death, account.dies_after_the_call = calls, after
        carry_out(account, asked)
        account.calls_until_death = None
        [name] = account.jobs
        assert account.running == [name]
        assert set(account.told) == {("queue", name)}
        assert set(account.answers) == {("SUCCESS", name)}
