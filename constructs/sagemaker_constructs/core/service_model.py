"""AWS's own API description, bundled with botocore: the offline arbiter of names, ranges and enums.

What synthesis asks for is kept in ``service_model.json``, written by ``python -m tools.service_model``: reading all
of botocore's model takes as long as synthesizing a hundred resources. It holds for the version of botocore that it
was written from; with another one, and for everything else, botocore itself is read.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore

if TYPE_CHECKING:
    from botocore.model import ServiceModel

_EXCERPT = Path(__file__).with_suffix(".json")
_NOTHING: dict[str, Any] = {"regions": [], "services": {}}
_SERVICE_ENDPOINTS = "api.sagemaker"


@cache
def loader() -> Any:
    """Reads what botocore brings along, and not, as by default, a folder in the user's home as well."""
    from botocore.loaders import Loader

    loader_class: Any = Loader
    return loader_class(extra_search_paths=[loader_class.BUILTIN_DATA_PATH], include_default_search_paths=False)


@cache
def service_model(service: str = "sagemaker") -> "ServiceModel":
    """The newest bundled model of ``service``; read once from disk, no client, no network."""
    from botocore.model import ServiceModel

    return ServiceModel(_bundled(service), service_name=service)


def shape(name: str, service: str = "sagemaker") -> dict[str, Any]:
    """The API shape of that name: its type and, if it has them, members, enum, pattern, min and max."""
    return _kept(service)["shapes"].get(name) or bundled_shape(name, service)


def input_shape(operation: str, service: str = "sagemaker") -> str:
    """The name of the shape that ``operation`` takes."""
    return _kept(service)["operations"].get(operation) or bundled_input_shape(operation, service)


def enum_values(name: str) -> tuple[str, ...]:
    """The members of an enum shape, such as ``ProductionVariantInstanceType``."""
    return tuple(shape(name)["enum"])


def sagemaker_regions() -> tuple[str, ...]:
    """Every region, of every partition, that has a SageMaker API endpoint."""
    return tuple(_excerpt()["regions"]) or bundled_regions()


def bundled_shape(name: str, service: str = "sagemaker") -> dict[str, Any]:
    """``shape``, from botocore."""
    return _bundled(service)["shapes"][name]


def bundled_input_shape(operation: str, service: str = "sagemaker") -> str:
    """``input_shape``, from botocore."""
    return _bundled(service)["operations"][operation]["input"]["shape"]


@cache
def bundled_regions() -> tuple[str, ...]:
    """``sagemaker_regions``, from botocore."""
    partitions: list[dict[str, Any]] = loader().load_data("endpoints")["partitions"]
    return tuple(
        sorted(
            region
            for partition in partitions
            for region in partition["services"].get(_SERVICE_ENDPOINTS, {"endpoints": {}})["endpoints"]
            if region in partition["regions"]
        )
    )


def _kept(service: str) -> dict[str, Any]:
    return _excerpt()["services"].get(service, {"operations": {}, "shapes": {}})


@cache
def _bundled(service: str) -> dict[str, Any]:
    return loader().load_service_model(service, "service-2")


@cache
def _excerpt() -> dict[str, Any]:
    excerpt = json.loads(_EXCERPT.read_text(encoding="utf-8"))
    return excerpt if excerpt["botocore"] == botocore.__version__ else _NOTHING
