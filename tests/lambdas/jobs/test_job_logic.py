"""The job function's decisions, against an API that behaves and misbehaves as SageMaker does."""

import json
from typing import Any, cast

import boto3
import pytest

from lambdas.job import logic
from lambdas.job.kinds import KINDS

KIND = KINDS["TrainingJob"]
EVENT: dict[str, Any] = {
    "RequestType": "Create",
    "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/training/1",
    "LogicalResourceId": "Training",
    "RequestId": "request-1",
    "ResourceProperties": {
        "Kind": "TrainingJob",
        "NamePrefix": "platform-training",
        "Request": json.dumps({"RoleArn": "arn:aws:iam::123456789012:role/training"}),
    },
}


class ApiError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class FakeApi:
    """Jobs in memory; ``errors`` maps an operation to the codes that its next calls fail with."""

    def __init__(self, **jobs: dict[str, Any]) -> None:
        self.jobs = jobs
        self.errors: dict[str, list[str]] = {}
        self.calls: list[str] = []

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        self.calls.append(operation)
        if self.errors.get(operation):
            raise ApiError(self.errors[operation].pop(0))
        name = arguments["TrainingJobName"]
        if operation == "create_training_job":
            if name in self.jobs:
                raise ApiError("ResourceInUse")
            self.jobs[name] = {"TrainingJobStatus": "InProgress", **arguments}
            return {}
        if name not in self.jobs:
            raise ApiError("ResourceNotFound")
        if operation == "stop_training_job":
            self.jobs[name]["TrainingJobStatus"] = "Stopping"
            return {}
        return self.jobs[name]

    def code_of(self, error: Exception) -> str | None:
        return error.code if isinstance(error, ApiError) else None


def _event(role: str = "training", stack: str = "training/1", **content: Any) -> dict[str, Any]:
    own = {"RoleArn": f"arn:aws:iam::123456789012:role/{role}"}
    request = json.dumps({**own, "TrainingJobDefinitions": [own], **content})
    properties = {**EVENT["ResourceProperties"], "Request": request}
    return {
        **EVENT,
        "StackId": f"arn:aws:cloudformation:us-east-1:123456789012:stack/{stack}",
        "ResourceProperties": properties,
    }


def _start(api: FakeApi, event: dict[str, Any]) -> str:
    request = logic.JobRequest.from_event(event)
    name = logic.choose(api, request)
    logic.create(api, request, name)
    return name


def test_a_repeated_request_names_and_starts_one_job() -> None:
    api = FakeApi()
    name = _start(api, EVENT)
    assert _start(api, EVENT) == name
    assert list(api.jobs) == [name]
    assert name.startswith("platform-training-")
    assert len(name) <= 63


def test_another_request_another_stack_or_another_resource_is_another_job() -> None:
    api = FakeApi()
    different = [_event(), _event(HyperParameters={}), _event(stack="other/1"), {**EVENT, "LogicalResourceId": "B"}]
    assert len({_start(api, event) for event in different}) == len(api.jobs) == 4


@pytest.mark.parametrize(
    "again", [_event(), _event(stack="training/2", role="made-anew"), {**_event(), "RequestId": "2"}]
)
def test_what_is_done_is_not_done_again(again: dict[str, Any]) -> None:
    api = FakeApi()
    first = _start(api, _event())
    api.jobs[first]["TrainingJobStatus"] = "Completed"
    changed = _start(api, _event(HyperParameters={}))
    assert (_start(api, again), list(api.jobs)) == (first, [first, changed])


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Stopping"])
def test_what_has_failed_is_tried_again_under_another_name(status: str) -> None:
    api = FakeApi()
    names: list[str] = []
    for _ in range(3):
        names.append(_start(api, EVENT))
        api.jobs[names[-1]]["TrainingJobStatus"] = status
    assert len(set(names)) == 3


def test_errors_of_the_api_are_not_hidden() -> None:
    api = FakeApi()
    api.errors["create_training_job"] = ["ValidationException"]
    with pytest.raises(ApiError, match="ValidationException"):
        _start(api, EVENT)


def test_a_running_job_has_no_result_yet() -> None:
    assert logic.result(FakeApi(job={"TrainingJobStatus": "InProgress"}), KIND, "job") is None


def test_a_completed_job_gives_its_attributes() -> None:
    api = FakeApi(
        job={
            "TrainingJobStatus": "Completed",
            "TrainingJobArn": "arn",
            "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/model.tar.gz"},
        }
    )
    assert logic.result(api, KIND, "job") == {"Arn": "arn", "ModelArtifactUrl": "s3://bucket/model.tar.gz"}


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_any_other_end_raises_with_sagemakers_reason(status: str) -> None:
    api = FakeApi(job={"TrainingJobStatus": status, "FailureReason": "AlgorithmError: no rows"})
    with pytest.raises(logic.JobFailed, match=f"TrainingJob job ended as {status}: AlgorithmError: no rows"):
        logic.result(api, KIND, "job")


def test_deleting_stops_a_running_job_and_waits_for_it() -> None:
    api = FakeApi(job={"TrainingJobStatus": "InProgress"})
    logic.stop(api, KIND, "job")
    assert not logic.has_stopped(api, KIND, "job")
    api.jobs["job"]["TrainingJobStatus"] = "Stopped"
    assert logic.has_stopped(api, KIND, "job")


@pytest.mark.parametrize("jobs", [{}, {"job": {"TrainingJobStatus": "Completed"}}])
def test_deleting_what_does_not_run_calls_no_stop(jobs: dict[str, Any]) -> None:
    api = FakeApi(**jobs)
    logic.stop(api, KIND, "job")
    assert logic.has_stopped(api, KIND, "job")
    assert "stop_training_job" not in api.calls


def test_a_job_that_ends_while_it_is_being_stopped_is_no_error() -> None:
    api = FakeApi(job={"TrainingJobStatus": "InProgress"})
    api.errors["stop_training_job"] = ["ValidationException"]
    logic.stop(api, KIND, "job")


def test_throttling_while_deleting_is_not_taken_for_gone() -> None:
    api = FakeApi(job={"TrainingJobStatus": "InProgress"})
    api.errors["describe_training_job"] = ["ThrottlingException"]
    with pytest.raises(ApiError, match="ThrottlingException"):
        logic.has_stopped(api, KIND, "job")


@pytest.mark.parametrize("verb", ["create", "describe", "stop"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_names_methods_that_boto3_has(kind: Any, verb: str) -> None:
    client = cast(Any, boto3).client(
        "sagemaker", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    assert hasattr(client, kind.operation(verb))
