"""Jobs of Batch under names that are chosen before they are there."""

from typing import Any

import pytest

from harness.functions.services_in_memory import ServiceError, ServicesInMemory
from lambdas.job import logic
from lambdas.job.batch_api import BatchApi
from lambdas.job.deployment import DeploymentApi
from lambdas.job.kinds import BATCH_JOB

KIND = BATCH_JOB


class Account(ServicesInMemory):
    """Jobs of one queue, which are listed late if need be."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[dict[str, Any]] = []
        self.unlisted = False
        self.throttled = False

    def asked(self, operation: str) -> None:
        del operation
        if self.throttled:
            raise ServiceError("ThrottlingException", "Rate exceeded")

    def passes(self, error: Exception) -> bool:
        return self.code_of(error) == "ThrottlingException"

    def submit_job(self, **request: Any) -> dict[str, Any]:
        made = {"jobId": str(len(self.jobs)), "createdAt": len(self.jobs), "status": "RUNNABLE", **request}
        self.jobs.append(made)
        return {"jobId": made["jobId"]}

    def list_jobs(self, jobQueue: str, filters: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        [named] = filters[0]["values"]
        found = [each for each in self.jobs if (each["jobName"], each["jobQueue"]) == (named, jobQueue)]
        return {"jobSummaryList": [] if self.unlisted else found}

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        return {"jobs": [dict(each) for each in self.jobs if each["jobId"] in jobs]}

    def terminate_job(self, jobId: str, reason: str) -> dict[str, Any]:  # noqa: N803
        self.jobs[int(jobId)].update(status="FAILED", statusReason=reason)
        return {}


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def api(account: Account) -> DeploymentApi:
    return BatchApi(account, "queue")


@pytest.fixture
def request_() -> logic.JobRequest:
    return logic.JobRequest(KIND, "once", "seed", {"jobQueue": "queue", "jobDefinition": "rows:1"})


def test_a_repeated_step_submits_nothing_twice(
    account: Account, api: DeploymentApi, request_: logic.JobRequest
) -> None:
    name = logic.choose(api, request_)
    for _ in range(2):
        logic.create(api, request_, name)
    [made] = account.jobs
    assert (made["jobName"], made["jobDefinition"]) == (name, "rows:1")
    assert logic.choose(api, request_) == name
    assert logic.result(api, KIND, name) is None


def test_its_end_is_told_with_what_the_container_has_left(
    account: Account, api: DeploymentApi, request_: logic.JobRequest
) -> None:
    name = logic.choose(api, request_)
    logic.create(api, request_, name)
    account.jobs[0].update(status="SUCCEEDED", container={"logStreamName": "rows/default/1", "exitCode": 0})
    assert logic.result(api, KIND, name) == {"Id": "0", "LogStream": "rows/default/1"}
    account.jobs[0].update(
        status="FAILED",
        statusReason="Essential container in task exited",
        container={"logStreamName": "rows/default/1", "exitCode": 3},
    )
    told = "ended as Failed: Essential container in task exited, exit code 3, log stream rows/default/1"
    with pytest.raises(logic.JobFailed, match=told):
        logic.result(api, KIND, name)
    # The next request of the kind tries again, under another name.
    assert logic.choose(api, request_) != name


def test_a_running_job_is_ended_and_one_that_has_ended_is_left(
    account: Account, api: DeploymentApi, request_: logic.JobRequest
) -> None:
    name = logic.choose(api, request_)
    logic.stop(api, KIND, name)
    logic.create(api, request_, name)
    logic.stop(api, KIND, name)
    assert account.jobs[0]["statusReason"].startswith("CloudFormation has deleted or replaced")
    assert logic.has_stopped(api, KIND, name)
    account.jobs[0]["statusReason"] = "as it was"
    logic.stop(api, KIND, name)
    assert account.jobs[0]["statusReason"] == "as it was"


def test_what_is_not_listed_yet_is_looked_for_again(
    account: Account, api: DeploymentApi, request_: logic.JobRequest
) -> None:
    name = logic.choose(api, request_)
    logic.create(api, request_, name)
    account.unlisted = True
    with pytest.raises(Exception, match="ResourceNotFound") as raised:
        logic.result(api, KIND, name)
    assert api.passes(raised.value)
    account.unlisted, account.throttled = False, True
    with pytest.raises(ServiceError) as throttled:
        logic.result(api, KIND, name)
    assert (api.passes(throttled.value), api.code_of(throttled.value)) == (True, "ThrottlingException")
