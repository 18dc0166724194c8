"""AWS's own API description, bundled with botocore: the offline arbiter of names, ranges and enums."""

from functools import cache
from typing import Any, cast

import botocore.loaders
import botocore.model


@cache
def loader() -> Any:
    """Reads what botocore brings along, and not, as by default, a folder in the user's home as well."""
    loader_class: Any = botocore.loaders.Loader
    return loader_class(extra_search_paths=[loader_class.BUILTIN_DATA_PATH], include_default_search_paths=False)


@cache
def service_model(service: str = "sagemaker") -> botocore.model.ServiceModel:
    """The newest bundled model of ``service``; read once from disk, no client, no network."""
    return botocore.model.ServiceModel(loader().load_service_model(service, "service-2"), service_name=service)


@cache
def enum_values(shape: str, service: str = "sagemaker") -> tuple[str, ...]:
    """The members of an enum shape, such as ``ProductionVariantInstanceType``."""
    return tuple(cast(Any, service_model(service)).shape_for(shape).enum)
