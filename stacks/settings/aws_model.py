"""What botocore's bundled service model knows: instance types, patterns and regions, read offline."""

from functools import lru_cache
from typing import Any, cast

import botocore.loaders

_SERVICE_ENDPOINTS = "api.sagemaker"


@lru_cache(maxsize=1)
def _loader() -> Any:
    # The default search path includes a folder in the user's home; two users must get the same answers.
    loader: Any = botocore.loaders.Loader
    return loader(extra_search_paths=[loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


@lru_cache(maxsize=1)
def _shapes() -> dict[str, dict[str, Any]]:
    return cast(dict[str, Any], _loader().load_service_model("sagemaker", "service-2"))["shapes"]


def shape(name: str) -> dict[str, Any]:
    """Return SageMaker's API shape of that name: its type and, if it has them, enum, pattern, min and max."""
    return _shapes()[name]


def training_instance_types() -> tuple[str, ...]:
    """Every instance type that a training job accepts."""
    return tuple(sorted(shape("TrainingInstanceType")["enum"]))


def hosting_instance_types() -> tuple[str, ...]:
    """Every instance type that an endpoint variant accepts."""
    return tuple(sorted(shape("ProductionVariantInstanceType")["enum"]))


@lru_cache(maxsize=1)
def sagemaker_regions() -> tuple[str, ...]:
    """Every region, of every partition, that has a SageMaker API endpoint."""
    partitions = cast(dict[str, Any], _loader().load_data("endpoints"))["partitions"]
    return tuple(
        sorted(
            region
            for partition in partitions
            for region in partition["services"].get(_SERVICE_ENDPOINTS, {"endpoints": {}})["endpoints"]
            if region in partition["regions"]
        )
    )
