"""Inference components: models that share an endpoint, their copies, and sleep without any."""

import json
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, metric_sum, refused, wait_for
from harness.deployed_stack import Stack, resource
from harness.serving_endpoints import deploy, variant

NEEDS = {"MinMemoryRequiredInMb": 128}
MANAGED = {
    "VariantName": "shared",
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
    "ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 2},
}
NO_CAPACITY = "Inference Component has no capacity to process this request."

Components = Callable[..., str]


def specification(image: str, mark: str, **environment: str) -> dict[str, Any]:
    container = {"Image": image, "Environment": {"MARK": mark, **environment}}
    return {"Container": container, "ComputeResourceRequirements": NEEDS}


@pytest.fixture(scope="module")
def shared(client: Clients) -> Iterator[str]:
    """An endpoint without models."""
    sagemaker = client("sagemaker")
    name = deploy(sagemaker, f"shared-{time.monotonic_ns()}", [MANAGED], ExecutionRoleArn=ROLE)
    yield name
    sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture
def component(sagemaker: Any, shared: str, echo_image: str) -> Iterator[Components]:
    """Makes components with one copy."""
    made: list[str] = []

    def make(mark: str) -> str:
        name = f"{mark}-{time.monotonic_ns()}"
        sagemaker.create_inference_component(
            InferenceComponentName=name,
            EndpointName=shared,
            VariantName="shared",
            Specification=specification(echo_image, mark),
            RuntimeConfig={"CopyCount": 1},
        )
        made.append(name)
        assert in_service(sagemaker, name)["InferenceComponentStatus"] == "InService"
        return name

    yield make
    delete(sagemaker, shared, made)


def delete(sagemaker: Any, endpoint: str, names: Collection[str]) -> None:
    """Delete components and see them gone: an endpoint that still has one can not be deleted."""
    for name in names:
        sagemaker.delete_inference_component(InferenceComponentName=name)
    wait_for(lambda: listed(sagemaker, endpoint), lambda left: not set(left) & set(names))


def listed(sagemaker: Any, endpoint: str) -> list[str]:
    found = sagemaker.list_inference_components(EndpointNameEquals=endpoint)["InferenceComponents"]
    return [one["InferenceComponentName"] for one in found]


def in_service(sagemaker: Any, name: str) -> Any:
    return wait_for(
        lambda: sagemaker.describe_inference_component(InferenceComponentName=name),
        lambda described: described["InferenceComponentStatus"] in ("InService", "Failed"),
    )


def set_copies(sagemaker: Any, name: str, copies: int) -> Any:
    sagemaker.update_inference_component_runtime_config(
        InferenceComponentName=name, DesiredRuntimeConfig={"CopyCount": copies}
    )
    return in_service(sagemaker, name)["RuntimeConfig"]


def answer(client: Clients, endpoint: str, name: str, body: bytes = b"1") -> Any:
    answered = client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, InferenceComponentName=name, Body=body
    )
    return json.loads(answered["Body"].read())


def test_components_share_an_endpoint(
    client: Clients, sagemaker: Any, shared: str, echo_image: str, component: Components
) -> None:
    red, blue = component("red"), component("blue")
    assert [answer(client, shared, name)["mark"] for name in (red, blue)] == ["red", "blue"]
    described = sagemaker.describe_inference_component(InferenceComponentName=red)
    assert described["RuntimeConfig"] == {"DesiredCopyCount": 1, "CurrentCopyCount": 1}
    assert described["Specification"]["Container"]["DeployedImage"]["SpecifiedImage"] == echo_image
    assert described["EndpointName"] == shared
    assert set(listed(sagemaker, shared)) == {red, blue}
    code, message = refused(sagemaker.delete_endpoint, EndpointName=shared)
    assert (code, "inference component" in message) == ("ValidationException", True)


def test_a_component_s_model(client: Clients, sagemaker: Any, shared: str, echo_image: str) -> None:
    name = f"modelled-{time.monotonic_ns()}"
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": echo_image, "Environment": {"MARK": "of the model"}},
    )
    sagemaker.create_inference_component(
        InferenceComponentName=name,
        EndpointName=shared,
        Specification={"ModelName": name, "ComputeResourceRequirements": NEEDS},
        RuntimeConfig={"CopyCount": 2},
    )
    assert in_service(sagemaker, name)["VariantName"] == "shared"
    assert answer(client, shared, name)["mark"] == "of the model"
    delete(sagemaker, shared, [name])


def test_copies_and_instances_go_to_zero_and_come_back(
    client: Clients, sagemaker: Any, shared: str, component: Components
) -> None:
    name = component("sleeper")

    def instances() -> int:
        return sagemaker.describe_endpoint(EndpointName=shared)["ProductionVariants"][0]["CurrentInstanceCount"]

    assert set_copies(sagemaker, name, 0) == {"DesiredCopyCount": 0, "CurrentCopyCount": 0}
    wait_for(instances, lambda count: count == 0)
    runtime = client("sagemaker-runtime")
    asked = {"EndpointName": shared, "InferenceComponentName": name, "Body": b"1"}
    code, message = refused(runtime.invoke_endpoint, **asked)
    assert (code, message.startswith(NO_CAPACITY)) == ("ValidationError", True)
    dimensions = {"InferenceComponentName": name}
    wait_for(
        lambda: metric_sum(client, "AWS/SageMaker", "NoCapacityInvocationFailures", dimensions),
        lambda failures: failures == 1,
    )
    assert set_copies(sagemaker, name, 2) == {"DesiredCopyCount": 2, "CurrentCopyCount": 2}
    assert answer(client, shared, name)["mark"] == "sleeper"
    assert instances() == 1
    per_copy = ("AWS/SageMaker", "InvocationsPerCopy", dimensions)
    wait_for(lambda: metric_sum(client, *per_copy), lambda invocations: invocations == 0.5)


def test_the_memory_of_each_copy_is_published(client: Clients, sagemaker: Any, component: Components) -> None:
    name = component("heavy")
    set_copies(sagemaker, name, 2)
    now = datetime.now(UTC)
    asked = {
        "Namespace": "/aws/sagemaker/InferenceComponents",
        "MetricName": "MemoryUtilizationNormalized",
        "Dimensions": [{"Name": "InferenceComponentName", "Value": name}],
        "StartTime": now - timedelta(minutes=2),
        "EndTime": now + timedelta(minutes=5),
        "Period": 300,
        "Statistics": ["Average", "SampleCount"],
    }
    [point, *_] = wait_for(lambda: client("cloudwatch").get_metric_statistics(**asked)["Datapoints"], bool)
    # A Python process takes some of the 128 MB, and not the memory of the machine.
    assert 2 < point["Average"] < 100
    assert point["SampleCount"] >= 2


def test_a_new_specification_that_fails_leaves_the_old_one(
    client: Clients, sagemaker: Any, shared: str, echo_image: str, component: Components
) -> None:
    name = component("first")

    def update(mark: str, **environment: str) -> Any:
        changed = specification(echo_image, mark, **environment)
        sagemaker.update_inference_component(InferenceComponentName=name, Specification=changed)
        return in_service(sagemaker, name)

    assert "this model is broken" in update("second", BROKEN="1")["FailureReason"]
    assert answer(client, shared, name)["mark"] == "first"
    assert "FailureReason" not in update("second")
    assert answer(client, shared, name)["mark"] == "second"


def test_a_component_is_named_here_and_only_here(
    client: Clients, sagemaker: Any, shared: str, echo_image: str, component: Components
) -> None:
    runtime, name = client("sagemaker-runtime"), component("named")
    code, message = refused(runtime.invoke_endpoint, EndpointName=shared, Body=b"1")
    assert (code, message[:31]) == ("ValidationError", "Inference Component Name header")
    ordinary = deploy(sagemaker, f"ordinary-{time.monotonic_ns()}", [variant(sagemaker, "main", echo_image)])
    asked = {"EndpointName": ordinary, "InferenceComponentName": name, "Body": b"1"}
    code, message = refused(runtime.invoke_endpoint, **asked)
    assert (code, "hosts no inference components" in message) == ("ValidationError", True)
    sagemaker.delete_endpoint(EndpointName=ordinary)


def test_an_endpoint_with_models_hosts_no_component(sagemaker: Any, echo_image: str) -> None:
    ordinary = deploy(sagemaker, f"with-models-{time.monotonic_ns()}", [variant(sagemaker, "main", echo_image)])
    code, message = refused(
        sagemaker.create_inference_component,
        InferenceComponentName="misplaced",
        EndpointName=ordinary,
        VariantName="main",
        Specification=specification(echo_image, "x"),
        RuntimeConfig={"CopyCount": 1},
    )
    assert (code, "needs an endpoint whose variants name no model" in message) == ("ValidationException", True)
    sagemaker.delete_endpoint(EndpointName=ordinary)


@pytest.mark.parametrize(
    ("copies", "changed", "reason"),
    [
        (0, {}, "needs a CopyCount larger than 0"),
        (1, {"BaseInferenceComponentName": "base"}, "does not run adapter inference components"),
        (1, {"ModelName": "both"}, "either a ModelName or a Container"),
    ],
)
def test_what_is_refused(
    sagemaker: Any, shared: str, echo_image: str, copies: int, changed: dict[str, str], reason: str
) -> None:
    if "ModelName" in changed:
        changed = {"ModelName": f"both-{time.monotonic_ns()}"}
        sagemaker.create_model(
            ModelName=changed["ModelName"], ExecutionRoleArn=ROLE, PrimaryContainer={"Image": echo_image}
        )
    code, message = refused(
        sagemaker.create_inference_component,
        InferenceComponentName="refused",
        EndpointName=shared,
        VariantName="shared",
        Specification={**specification(echo_image, "x"), **changed},
        RuntimeConfig={"CopyCount": copies},
    )
    assert (code, reason in message) == ("ValidationException", True), message
    assert "refused" not in listed(sagemaker, shared)


def test_cloudformation_waits_and_updates_the_copies(
    client: Clients, sagemaker: Any, shared: str, echo_image: str
) -> None:
    name = f"templated-{time.monotonic_ns()}"
    stack = Stack(client("cloudformation"), name)

    def resources(copies: int, **environment: str) -> Any:
        return resource(
            "SageMaker::InferenceComponent",
            InferenceComponentName=name,
            EndpointName=shared,
            VariantName="shared",
            Specification=specification(echo_image, "templated", **environment),
            RuntimeConfig={"CopyCount": copies},
        )

    assert stack.create(Component=resources(1)) == "CREATE_COMPLETE"
    assert answer(client, shared, name)["mark"] == "templated"
    assert stack.update(Component=resources(2)) == "UPDATE_COMPLETE"
    described = sagemaker.describe_inference_component(InferenceComponentName=name)
    assert described["RuntimeConfig"]["CurrentCopyCount"] == 2
    assert stack.update(Component=resources(2, BROKEN="1")) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("this model is broken" in reason for reason in stack.reasons())
    assert answer(client, shared, name)["mark"] == "templated"
    assert stack.delete() == "DELETE_COMPLETE"
    assert name not in listed(sagemaker, shared)
