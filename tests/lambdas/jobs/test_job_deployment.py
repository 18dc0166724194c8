"""A request of CloudFormation, step by step, with the function killed at each of its calls and AWS throttled."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.job.deployment import LONGEST_WAIT_SECONDS, JobDeployment
from lambdas.job.executions import Executions

CONTENT = {"RoleArn": "arn:aws:iam::123456789012:role/training", "HyperParameters": {"rounds": "3"}}


def request(kind: str = "Create", **more: Any) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/training/1",
        "LogicalResourceId": "Training",
        "RequestId": "11111111-2222-3333-4444-555555555555",
        "ResourceProperties": {
            "StateMachine": "machine",
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
        self.executions: dict[str, dict[str, str]] = {}

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

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: A002, N803
        if name in self.executions:
            raise ServiceError("ExecutionAlreadyExists")
        self.executions[name] = {"status": "RUNNING", "input": input, "stateMachineArn": stateMachineArn}
        return {}

    def list_executions(self, stateMachineArn: str, statusFilter: str, nextToken: str = "") -> dict[str, Any]:  # noqa: N803
        """One on each page."""
        found = [
            {"name": name, "executionArn": name}
            for name, each in self.executions.items()
            if (each["stateMachineArn"], each["status"]) == (stateMachineArn, statusFilter)
        ]
        page = int(nextToken or 0)
        return {"executions": found[page : page + 1], "nextToken": str(page + 1) if len(found) > page + 1 else None}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        if executionArn not in self.executions:
            raise ServiceError("ExecutionDoesNotExist")
        return self.executions[executionArn]

    def stop_execution(self, executionArn: str, cause: str) -> dict[str, Any]:  # noqa: N803
        self.executions[executionArn] |= {"status": "ABORTED", "cause": cause}
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

    return JobDeployment(
        sagemaker=account,
        executions=Executions(account),
        accept=accept,
        refuse=refuse,
        tell=tell,
        now=account.now,
    )


def hand_over(account: Account, asked: Mapping[str, Any]) -> str:
    """Begin an execution, as the function does that CloudFormation calls."""
    Executions(account).begin(asked, int(account.now()))
    [name] = (name for name in account.executions if name.endswith(asked["RequestId"]))
    return name


def start(account: Account, asked: Mapping[str, Any]) -> list[str]:
    """Go as far as a job that runs; the names of what was started."""
    execution = hand_over(account, asked)
    job = deployment(account).choose(asked)
    deployment(account).start(asked, int(account.now()), job, execution)
    return job["Names"]


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

    execution = step(lambda _: hand_over(account, asked))
    job = step(lambda it: it.choose(asked))
    if not job["Ended"]:
        job = step(lambda it: it.start(asked, began, job, execution))
    while not job["Ended"]:
        account.seconds += job["Pause"]
        job = look_at(job)
    account.executions[execution] |= {"status": "SUCCEEDED"}
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
        execution = hand_over(account, request(RequestId=str(seconds)))
        job = {"Names": ["platform-training-1"]}
        pauses.append(deployment(account).start(request(), began, job, execution)["Pause"])
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
    for calls in range(16):
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
    assert deaths == 7


@pytest.mark.parametrize("known", [True, False], ids=["by-its-name", "never-told-the-name"])
@pytest.mark.parametrize("after", [False, True], ids=["before-a-call", "after-a-call"])
def test_killed_at_any_call_of_a_deletion_it_leaves_nothing(known: bool, after: bool) -> None:
    for calls in range(16):
        account = Account()
        account.looks_until_end = 1000
        [job] = start(account, request())
        name = job if known else request()["RequestId"]
        account.calls_until_death, account.dies_after_the_call = calls, after
        carry_out(account, request("Delete", PhysicalResourceId=name, RequestId="delete"))
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
    start(account, request())
    failure = {"Error": "ClientError", "Cause": json.dumps({"errorMessage": "Rate exceeded"})}
    deployment(account).give_up(request(), failure)
    assert account.answers == [("FAILED ClientError: Rate exceeded", request()["RequestId"])]
    assert account.running == []


def test_giving_up_an_update_does_not_stop_what_ran_before() -> None:
    account = Account()
    account.looks_until_end = 1000
    names = start(account, request())
    asked = request("Update", PhysicalResourceId=names[0])
    deployment(account).give_up(asked, {"Error": "States.Timeout"})
    assert account.running == names


def with_content(kind: str, rounds: str, **more: Any) -> dict[str, Any]:
    asked = request(kind, **more)
    asked["ResourceProperties"]["Request"] = json.dumps({"HyperParameters": {"rounds": rounds}})
    return asked


@pytest.mark.parametrize("after", [False, True], ids=["before-a-call", "after-a-call"])
def test_a_deletion_stops_what_is_being_created_wherever_either_is_killed(after: bool) -> None:
    for calls in range(20):
        account = Account()
        account.looks_until_end = 1000
        start(account, request())
        account.calls_until_death, account.dies_after_the_call = calls, after
        carry_out(account, request("Delete", RequestId="delete", PhysicalResourceId="training-Training-1ABC"))
        account.calls_until_death = None
        assert account.running == [], calls
        assert {execution["status"] for execution in account.executions.values()} == {"ABORTED", "SUCCEEDED"}
        assert {said for said, _ in account.answers} == {"SUCCESS"}


def test_a_job_that_is_started_while_its_stack_is_deleted_is_stopped() -> None:
    account = Account()
    account.looks_until_end = 1000
    execution = hand_over(account, request())
    job = deployment(account).choose(request())
    deletion = request("Delete", RequestId="delete", PhysicalResourceId="training-Training-1ABC")
    carry_out(account, deletion)
    assert account.jobs == {}, "it was not there yet"
    # The call that was under way goes through.
    assert deployment(account).start(request(), int(account.now()), job, execution) == {"Ended": True}
    assert account.running == []
    assert account.told == []


def test_an_update_stops_the_job_of_the_one_that_it_ends() -> None:
    account = Account()
    carry_out(account, with_content("Create", "1"))
    [first] = account.jobs
    account.looks_until_end = 1000
    [second] = start(account, with_content("Update", "2", RequestId="two", PhysicalResourceId=first))
    assert account.running == [second]
    carry_out(account, with_content("Update", "1", RequestId="back", PhysicalResourceId=first))
    assert account.stops == [second]
    assert account.answers[-1] == ("SUCCESS", first)


def test_requests_of_other_resources_go_on() -> None:
    account = Account()
    account.looks_until_end = 1000
    other = request(LogicalResourceId="Other", RequestId="other")
    start(account, other)
    carry_out(account, request("Delete", RequestId="delete", PhysicalResourceId="training-Training-1ABC"))
    assert len(account.running) == 1
    assert {execution["status"] for execution in account.executions.values()} == {"RUNNING", "SUCCEEDED"}


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
