"""Inference components that break a rule."""

from typing import Any

from aws_cdk import Stack

from harness.aws_clients import AWS_IMAGE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint


def _component(copies: int = 1, endpoint: str = "steady", **needs: Any) -> Request:
    return {
        "InferenceComponentName": "judged",
        "EndpointName": endpoint,
        "VariantName": "one",
        "Specification": {
            "Container": {"Image": AWS_IMAGE},
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024, **needs},
        },
        "RuntimeConfig": {"CopyCount": copies},
    }


def _less_memory_at_most(stack: Stack) -> None:
    endpoint = SharedEndpoint(stack, "Shared", instance_type="ml.m5.large")
    container = ModelContainer(ModelImage.from_directory("tests/unit/image"))
    InferenceComponent(stack, "Churn", endpoint=endpoint, container=container, memory_mb=1024, maximum_memory_mb=512)


CASES = {
    "component-memory-limits-are-ordered": RuleCase(
        refused=_component(MaxMemoryRequiredInMb=512),
        taken=_component(MaxMemoryRequiredInMb=1024),
        synth=_less_memory_at_most,
    ),
    "components-begin-with-a-copy": RuleCase(refused=_component(copies=0), taken=_component(copies=1)),
    "components-share-endpoints-without-models": RuleCase(
        refused=_component(endpoint="with-models"),
        taken=_component(endpoint="steady"),
        elsewhere="tests/emulator/sagemaker/components/test_inference_components.py::"
        "test_an_endpoint_with_models_hosts_no_component",
    ),
}
