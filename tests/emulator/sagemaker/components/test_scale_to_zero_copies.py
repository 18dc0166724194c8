"""The construct's own template: a component sleeps, a request that fails wakes it, and idleness puts it to sleep."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms

from harness.aws_clients import ACCOUNT, Clients, refused, wait_for
from harness.deployed_stack import Stack
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.scaling.copy_range import CopyRange
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange


def synthesized(app: cdk.App) -> tuple[dict[str, Any], str, str]:
    """Resources of a component that may sleep, its name and its endpoint's."""
    synthesizer = cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
    environment = cdk.Environment(account=ACCOUNT, region="us-east-1")
    stack = cdk.Stack(app, "sleeping-components", env=environment, synthesizer=synthesizer)
    repository = ecr.Repository.from_repository_name(stack, "Images", "assets")
    endpoint = SharedEndpoint(
        stack,
        "Shared",
        instance_type="ml.m5.large",
        encryption_key=cast(kms.IKey, kms.Key(stack, "Key")),
        instances=InstanceRange(0, 2),
    )
    component = InferenceComponent(
        stack,
        "Sleeper",
        endpoint=endpoint,
        container=ModelContainer(ModelImage.from_repository(repository, "echo")),
        memory_mb=128,
        copies=CopyRange(0, 2),
    )
    component.scale_on_concurrency(per_copy=5)
    written = json.loads(Path(app.synth().get_stack_by_name(stack.stack_name).template_full_path).read_text())
    # What keeps the logs runs from an asset, which only the command line publishes.
    resources = {
        name: described
        for name, described in written["Resources"].items()
        if "Logs" not in name and not name.startswith("SageMakerLogRetention")
    }
    return resources, component.component_name, endpoint.endpoint_name


@pytest.fixture
def deployed(client: Clients, echo_image: str, app: cdk.App) -> Iterator[tuple[str, str]]:
    """Names of a deployed component and its endpoint."""
    assert echo_image.endswith("/assets:echo")
    resources, component, endpoint = synthesized(app)
    stack = Stack(client("cloudformation"), "sleeping-components")
    assert stack.create(**resources) == "CREATE_COMPLETE", stack.reasons()
    yield component, endpoint
    assert stack.delete() == "DELETE_COMPLETE"


def copies(client: Clients, component: str) -> Callable[[], int]:
    sagemaker = client("sagemaker")

    def ask() -> int:
        described = sagemaker.describe_inference_component(InferenceComponentName=component)
        settled = described["InferenceComponentStatus"] == "InService"
        return described["RuntimeConfig"]["CurrentCopyCount"] if settled else -1

    return ask


def test_asleep_awake_and_asleep_again(client: Clients, deployed: tuple[str, str]) -> None:
    component, endpoint = deployed
    sagemaker, runtime, asked = client("sagemaker"), client("sagemaker-runtime"), copies(client, component)
    sagemaker.update_inference_component_runtime_config(
        InferenceComponentName=component, DesiredRuntimeConfig={"CopyCount": 0}
    )
    wait_for(asked, lambda count: count == 0)
    request = {"EndpointName": endpoint, "InferenceComponentName": component, "Body": b"good morning"}
    assert "no capacity" in refused(runtime.invoke_endpoint, **request)[1]
    wait_for(asked, lambda count: count > 0)
    assert json.loads(runtime.invoke_endpoint(**request)["Body"].read())["body"] == "good morning"
    wait_for(asked, lambda count: count == 0, seconds=60)
    activities = client("application-autoscaling").describe_scaling_activities(
        ServiceNamespace="sagemaker", ResourceId=f"inference-component/{component}"
    )["ScalingActivities"]
    assert "triggered policy ScalingWakeUp" in activities[-1]["Cause"]
    assert "triggered policy ScalingOnConcurrency" in activities[0]["Cause"]
    variant = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"][0]
    assert variant["CurrentInstanceCount"] == 0
