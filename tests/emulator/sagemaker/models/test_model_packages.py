"""Models from model packages: a version of a group says what is served."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, refused
from harness.serving_endpoints import deploy_model


@pytest.fixture(scope="module")
def package(client: Clients, echo_image: str) -> str:
    """A version with one container, and with another specification of two."""
    sagemaker = client("sagemaker")

    def specified(*marks: str) -> dict[str, Any]:
        containers = [{"Image": echo_image, "Environment": {"MARK": mark}} for mark in marks]
        return {"Containers": containers, "SupportedContentTypes": ["text/csv"]}

    sagemaker.create_model_package_group(ModelPackageGroupName="packaged")
    return sagemaker.create_model_package(
        ModelPackageGroupName="packaged",
        ModelApprovalStatus="Approved",
        InferenceSpecification=specified("alone"),
        AdditionalInferenceSpecifications=[{"Name": "chain", **specified("first", "second")}],
    )["ModelPackageArn"]


@pytest.fixture
def served(client: Clients, package: str) -> Iterator[Any]:
    """Deploys a primary container, and tells what the endpoint answers."""
    sagemaker, made = client("sagemaker"), list[str]()

    def serve(**primary: Any) -> Any:
        name = f"packaged-{time.monotonic_ns()}"
        deploy_model(sagemaker, name, PrimaryContainer={"ModelPackageName": package, **primary})
        made.append(name)
        answer = client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"1", ContentType="text/csv")
        return json.loads(answer["Body"].read())

    yield serve
    for name in made:
        sagemaker.delete_endpoint(EndpointName=name)


def test_the_package_brings_its_container_along(served: Any) -> None:
    assert served()["mark"] == "alone"


def test_the_model_s_own_variables_win(served: Any) -> None:
    assert served(Environment={"MARK": "own"})["mark"] == "own"


def test_another_specification_may_be_a_pipeline(served: Any) -> None:
    last = served(InferenceSpecificationName="chain")
    assert (last["mark"], json.loads(last["body"])["mark"]) == ("second", "first")


def test_a_specification_that_is_not_there(sagemaker: Any, package: str) -> None:
    primary = {"ModelPackageName": package, "InferenceSpecificationName": "other"}
    code, message = refused(
        sagemaker.create_model, ModelName="packaged-other", ExecutionRoleArn=ROLE, PrimaryContainer=primary
    )
    assert (code, "no inference specification other" in message) == ("ValidationException", True)
    assert "packaged-other" not in [model["ModelName"] for model in sagemaker.list_models()["Models"]]
