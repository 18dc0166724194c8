"""What the configuration's fields take from botocore's bundled model: instance types, patterns and regions."""

from functools import cache
from typing import Any

from sagemaker_constructs.core.service_model import enum_values, loader

_SERVICE_ENDPOINTS = "api.sagemaker"


@cache
def _shapes() -> dict[str, dict[str, Any]]:
    return loader().load_service_model("sagemaker", "service-2")["shapes"]


def shape(name: str) -> dict[str, Any]:
    """Return SageMaker's API shape of that name: its type and, if it has them, enum, pattern, min and max."""
    return _shapes()[name]


def training_instance_types() -> tuple[str, ...]:
    """Every instance type that a training job accepts."""
    return tuple(sorted(enum_values("TrainingInstanceType")))


def hosting_instance_types() -> tuple[str, ...]:
    """Every instance type that an endpoint variant accepts."""
    return tuple(sorted(enum_values("ProductionVariantInstanceType")))


def transform_instance_types() -> tuple[str, ...]:
    """Every instance type that a transform job accepts."""
    return tuple(sorted(enum_values("TransformInstanceType")))


@cache
def sagemaker_regions() -> tuple[str, ...]:
    """Every region, of every partition, that has a SageMaker API endpoint."""
    partitions: list[dict[str, Any]] = loader().load_data("endpoints")["partitions"]
    return tuple(
        sorted(
            region
            for partition in partitions
            for region in partition["services"].get(_SERVICE_ENDPOINTS, {"endpoints": {}})["endpoints"]
            if region in partition["regions"]
        )
    )
