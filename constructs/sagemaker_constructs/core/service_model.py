"""AWS's own API description, bundled with botocore: the offline arbiter of names, ranges and enums."""

from functools import cache
from typing import Any, cast

import botocore.loaders
import botocore.model


@cache
def service_model(service: str = "sagemaker") -> botocore.model.ServiceModel:
    """The newest bundled model of ``service``; read once from disk, no client, no network."""
    description: Any = cast(Any, botocore.loaders.Loader()).load_service_model(service, "service-2")
    return botocore.model.ServiceModel(description, service_name=service)


@cache
def enum_values(shape: str, service: str = "sagemaker") -> tuple[str, ...]:
    """The members of an enum shape, such as ``ProductionVariantInstanceType``."""
    return tuple(cast(Any, service_model(service)).shape_for(shape).enum)
