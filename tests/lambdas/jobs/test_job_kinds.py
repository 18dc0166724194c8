"""Each row of the job layer's tables, judged by botocore's description of the API."""

from typing import Any, cast

import pytest

from lambdas.job import logic
from lambdas.job.kinds import KINDS, JobCalls
from sagemaker_constructs.core.service_model import service_model
from sagemaker_constructs.jobs.job_kinds import job_kinds

TRANSFORM = KINDS["TransformJob"]


class OneJob:
    """An API that knows one description, and notes what it is called."""

    def __init__(self, **description: Any) -> None:
        self.description = description
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        self.calls.append((operation, arguments))
        return self.description

    def code_of(self, error: Exception) -> str | None:
        del error
        return None


def _output_of(kind: JobCalls) -> Any:
    return cast(Any, service_model()).operation_model(f"Describe{kind.name}").output_shape


def _input_of(kind: JobCalls) -> Any:
    return cast(Any, service_model()).operation_model(f"Create{kind.name}").input_shape


def _part_of(shape: Any, member: str | int) -> Any:
    if shape.type_name == "list":
        assert isinstance(member, int)
        return shape.member
    return shape.value if shape.type_name == "map" else shape.members[member]


def _names_a_role(shape: Any) -> bool:
    if shape.type_name == "list":
        return _names_a_role(shape.member)
    members: dict[str, Any] = shape.members if shape.type_name == "structure" else {}
    return "RoleArn" in members or any(map(_names_a_role, members.values()))


def test_constructs_read_the_same_table() -> None:
    assert {name: vars(kind) for name, kind in job_kinds().items()} == {
        name: vars(kind) for name, kind in KINDS.items()
    }


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_iam_and_the_api_agree_on_the_resource(kind: JobCalls) -> None:
    pattern = _output_of(kind).members[kind.name_member.removesuffix("Name") + "Arn"].metadata["pattern"]
    assert f":{kind.resource}/" in pattern


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_role_is_passed_where_the_request_names_one(kind: JobCalls) -> None:
    assert kind.names_role == _names_a_role(_input_of(kind))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_names_have_the_length_that_the_api_allows(kind: JobCalls) -> None:
    assert kind.name_length == _input_of(kind).members[kind.name_member].metadata["max"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_attributes_and_members_are_described(kind: JobCalls) -> None:
    described = _output_of(kind)
    assert {kind.name_member, kind.status_member, "FailureReason"} <= set(described.members)
    for path in kind.attributes.values():
        shape = described
        for member in path:
            shape = _part_of(shape, member)
        assert shape.type_name == "string"


def test_a_completed_transform_job_says_where_its_results_are() -> None:
    api = OneJob(
        TransformJobStatus="Completed",
        TransformJobArn="arn",
        TransformOutput={"S3OutputPath": "s3://bucket/scored"},
    )
    assert logic.result(api, TRANSFORM, "job") == {"Arn": "arn", "OutputUrl": "s3://bucket/scored"}


def test_a_failed_transform_job_says_why() -> None:
    api = OneJob(TransformJobStatus="Failed", FailureReason="AlgorithmError: no rows")
    with pytest.raises(logic.JobFailed, match="TransformJob job ended as Failed: AlgorithmError: no rows"):
        logic.result(api, TRANSFORM, "job")


def test_a_running_transform_job_is_stopped() -> None:
    api = OneJob(TransformJobStatus="InProgress")
    logic.stop(api, TRANSFORM, "job")
    assert api.calls[-1] == ("stop_transform_job", {"TransformJobName": "job"})


def test_a_search_names_its_winner_and_leaves_empty_what_it_has_not() -> None:
    container = {"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz", "Environment": {"MODEL_NAME": "best"}}
    api = OneJob(
        AutoMLJobStatus="Completed",
        AutoMLJobArn="arn",
        BestCandidate={"CandidateName": "best", "InferenceContainers": [container]},
    )
    found = logic.result(api, KINDS["AutoMLJobV2"], "job")
    assert api.calls == [("describe_auto_ml_job_v2", {"AutoMLJobName": "job"})]
    assert found is not None
    assert {name: value for name, value in found.items() if value} == {
        "Arn": "arn",
        "BestCandidateName": "best",
        "Image": "image",
        "ModelArtifactUrl": "s3://bucket/model.tar.gz",
        "ModelName": "best",
    }
    assert found["ExplainabilityUrl"] == found["Program"] == ""


def test_a_running_search_is_stopped_under_the_name_that_both_versions_share() -> None:
    api = OneJob(AutoMLJobStatus="InProgress")
    logic.stop(api, KINDS["AutoMLJobV2"], "job")
    assert api.calls[-1] == ("stop_auto_ml_job", {"AutoMLJobName": "job"})
