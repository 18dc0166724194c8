"""What an inference component serves: as it is asked for, and as Describe shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.sagemaker.endpoints.units import ServingUnit
from emulator.shapes.errors import ServiceError


def specification_of(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a request wants to be served; raises ServiceError for what cannot be."""
    if request.get("Specifications"):
        raise ServiceError(
            "ValidationException", "The emulator does not run inference components with several specifications."
        )
    specification: Mapping[str, Any] = request.get("Specification") or {}
    if "BaseInferenceComponentName" in specification:
        raise _invalid("The emulator does not run adapter inference components.")
    if ("ModelName" in specification) == ("Container" in specification):
        raise _invalid("Specification needs either a ModelName or a Container.")
    if "ComputeResourceRequirements" not in specification:
        raise _invalid("Specification needs ComputeResourceRequirements.")
    return specification


def as_described(unit: ServingUnit, specification: Mapping[str, Any]) -> dict[str, Any]:
    """A specification as Describe shows it, once it is deployed."""
    given: Mapping[str, Any] | None = specification.get("Container")
    if given is None:
        return dict(specification)
    image = unit.model.parts[0].container.image_uri
    shown = {name: value for name, value in given.items() if name != "Image"}
    return {
        **specification,
        "Container": {**shown, "DeployedImage": {"SpecifiedImage": image, "ResolvedImage": image}},
    }


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
