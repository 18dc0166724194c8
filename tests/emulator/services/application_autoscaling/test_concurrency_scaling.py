"""Policies on predefined metrics of concurrency follow the requests that are really under way."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, wait_for
from harness.serving_endpoints import INSTANCES, deploy, variant

SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 6, "ProvisionedConcurrency": 1}}
CALLERS = 3


@dataclass
class Scaled:
    """What scales, how it is called, and how its capacity is read."""

    resource: str
    dimension: str
    metric: str
    target: float
    request: dict[str, Any]
    capacity: Callable[[], int]


@pytest.fixture
def load(client: Clients) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Keeps some requests under way until the test ends."""
    done, callers = threading.Event(), list[threading.Thread]()

    def keep_calling(request: dict[str, Any]) -> None:
        runtime = client("sagemaker-runtime")
        while not done.is_set():
            runtime.invoke_endpoint(**request, Body=b"sleep 0.2")

    def begin(request: dict[str, Any]) -> None:
        for _ in range(CALLERS):
            callers.append(threading.Thread(target=keep_calling, args=(request,)))
            callers[-1].start()

    yield begin
    done.set()
    for caller in callers:
        caller.join()


def of_variant(sagemaker: Any, image: str, settings: Any, read: Callable[[Any], int], **scaling: Any) -> Scaled:
    name = f"busy-{time.monotonic_ns()}"
    deploy(sagemaker, name, [variant(sagemaker, "main", image, settings)])

    def capacity() -> int:
        return read(sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"][0])

    return Scaled(f"endpoint/{name}/variant/main", request={"EndpointName": name}, capacity=capacity, **scaling)


def of_component(sagemaker: Any, image: str) -> Scaled:
    name = f"busy-{time.monotonic_ns()}"
    deploy(sagemaker, name, [{"VariantName": "shared", **INSTANCES}], ExecutionRoleArn=ROLE)
    sagemaker.create_inference_component(
        InferenceComponentName=name,
        EndpointName=name,
        Specification={
            "Container": {"Image": image},
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128},
        },
        RuntimeConfig={"CopyCount": 1},
    )

    def describe() -> Any:
        return sagemaker.describe_inference_component(InferenceComponentName=name)

    wait_for(describe, lambda described: described["InferenceComponentStatus"] == "InService")
    return Scaled(
        f"inference-component/{name}",
        "sagemaker:inference-component:DesiredCopyCount",
        "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
        1.0,
        {"EndpointName": name, "InferenceComponentName": name},
        lambda: describe()["RuntimeConfig"]["CurrentCopyCount"],
    )


@pytest.fixture
def scaled(sagemaker: Any, echo_image: str) -> Iterator[Sequence[Scaled]]:
    """A variant with instances, a serverless one and an inference component, each with a capacity of one."""
    made = [
        of_variant(
            sagemaker,
            echo_image,
            INSTANCES,
            lambda described: described["CurrentInstanceCount"],
            dimension="sagemaker:variant:DesiredInstanceCount",
            metric="SageMakerVariantConcurrentRequestsPerModelHighResolution",
            target=1.0,
        ),
        of_variant(
            sagemaker,
            echo_image,
            SERVERLESS,
            lambda described: described["CurrentServerlessConfig"]["ProvisionedConcurrency"],
            dimension="sagemaker:variant:DesiredProvisionedConcurrency",
            metric="SageMakerVariantProvisionedConcurrencyUtilization",
            target=0.7,
        ),
        of_component(sagemaker, echo_image),
    ]
    yield made
    component = made[-1].request["InferenceComponentName"]
    sagemaker.delete_inference_component(InferenceComponentName=component)
    listed = {"NameContains": component}
    wait_for(lambda: sagemaker.list_inference_components(**listed)["InferenceComponents"], lambda found: not found)
    for each in made:
        sagemaker.delete_endpoint(EndpointName=each.request["EndpointName"])


def test_concurrency_scales_out(
    client: Clients, scaled: Sequence[Scaled], load: Callable[[dict[str, Any]], None]
) -> None:
    scaling = client("application-autoscaling")
    for each in scaled:
        assert each.capacity() == 1
        named = {
            "ServiceNamespace": "sagemaker",
            "ScalableDimension": each.dimension,
            "ResourceId": each.resource,
        }
        scaling.register_scalable_target(**named, MinCapacity=1, MaxCapacity=6)
        scaling.put_scaling_policy(
            **named,
            PolicyName="follows",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": each.target,
                "PredefinedMetricSpecification": {"PredefinedMetricType": each.metric},
                "ScaleOutCooldown": 0,
            },
        )
        load(each.request)
    wait_for(lambda: [each.capacity() for each in scaled], lambda found: min(found) >= CALLERS)


def test_provisioned_concurrency_within_the_limit(client: Clients, sagemaker: Any, echo_image: str) -> None:
    endpoint = deploy(
        sagemaker, f"provisioned-{time.monotonic_ns()}", [variant(sagemaker, "main", echo_image, SERVERLESS)]
    )

    def update(provisioned: int) -> None:
        change = {"VariantName": "main", "ServerlessUpdateConfig": {"ProvisionedConcurrency": provisioned}}
        sagemaker.update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=[change])

    update(6)
    described = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"][0]
    assert described["CurrentServerlessConfig"] == {**SERVERLESS["ServerlessConfig"], "ProvisionedConcurrency": 6}
    with pytest.raises(sagemaker.exceptions.ClientError, match=r"at most its MaxConcurrency \(6\), got: 7"):
        update(7)
    sagemaker.delete_endpoint(EndpointName=endpoint)
