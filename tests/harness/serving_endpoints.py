"""Endpoints of the echo image for tests of serving."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.aws_clients import ROLE, model, settled

INSTANCES = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def variant(
    sagemaker: Any, name: str, image: str, settings: Mapping[str, Any] | None = None, **environment: str
) -> Any:
    """A variant with a model of its own; its settings default to one instance, and its mark to its name."""
    made = model(sagemaker, f"{name}-{time.monotonic_ns()}", image, **{"MARK": name, **environment})
    return {"VariantName": name, "ModelName": made, "InitialVariantWeight": 1.0, **(settings or INSTANCES)}


def configure(sagemaker: Any, name: str, variants: Sequence[Any], **configuration: Any) -> str:
    """Create an endpoint configuration of these variants; returns its name."""
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants), **configuration)
    return name


def deploy(sagemaker: Any, name: str, variants: Sequence[Any], **configuration: Any) -> str:
    """Create an endpoint and wait until it serves; returns its name."""
    configure(sagemaker, name, variants, **configuration)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    described = settled(sagemaker, name)
    assert described["EndpointStatus"] == "InService", described
    return name


def deploy_model(sagemaker: Any, name: str, **model_settings: Any) -> str:
    """Create a model and an endpoint with this one variant, `main`, and wait until it serves; returns its name."""
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, **model_settings)
    return deploy(sagemaker, name, [{"VariantName": "main", "ModelName": name, **INSTANCES}])


def counts(sagemaker: Any, name: str) -> Callable[[], list[int]]:
    """Gives the desired instance counts of an endpoint's variants, in order."""

    def ask() -> list[int]:
        described = sagemaker.describe_endpoint(EndpointName=name)
        return [one["DesiredInstanceCount"] for one in described["ProductionVariants"]]

    return ask
