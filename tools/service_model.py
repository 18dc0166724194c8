"""`python -m tools.service_model` writes what synthesis asks of botocore's bundled model."""

import json
from pathlib import Path
from typing import Any, cast

import botocore

from sagemaker_constructs.core.pipeline_definitions.step_types import STEP_TYPES
from sagemaker_constructs.core.rules.catalogue import rules
from sagemaker_constructs.core.service_model import (
    bundled_input_shape,
    bundled_regions,
    bundled_shape,
    service_model,
)

TARGET = Path("constructs/sagemaker_constructs/core/service_model.json")
SHAPES = {
    "sagemaker": (
        "AppInstanceType",
        "ContainerHostname",
        "HyperParameterKey",
        "HyperParameterValue",
        "ProcessingInstanceType",
        "ProductionVariantInferenceAmiVersion",
        "ProductionVariantInstanceType",
        "TrainingInstanceType",
        "TransformInstanceType",
        "VariantName",
    ),
    "application-autoscaling": (),
    "emr": (),
    "emr-serverless": (),
}
"""What settings and constructs ask for by name, beside what operations of the catalogue of rules and steps take."""


def excerpt_text() -> str:
    """The content of the file."""
    services = {service: _of_service(service) for service in SHAPES}
    excerpt = {"botocore": botocore.__version__, "regions": bundled_regions(), "services": services}
    return json.dumps(excerpt, indent=1) + "\n"


def _of_service(service: str) -> dict[str, Any]:
    known: set[str] = set(cast(Any, service_model(service)).operation_names)
    names = sorted({rule.operation for rule in rules().values()} & known)
    operations = {name: bundled_input_shape(name, service) for name in names}
    shapes = set(SHAPES[service])
    for name in (*operations.values(), *_of_steps(service)):
        _add_with_members(name, service, shapes)
    written = {name: _without_documentation(bundled_shape(name, service)) for name in sorted(shapes)}
    return {"operations": operations, "shapes": written}


def _of_steps(service: str) -> set[str]:
    """What steps of pipelines pass to their calls, and have as their results."""
    types = STEP_TYPES.values()
    given = {part.shape for each in types for part in each.parts if part.service == service}
    return given.union(*(each.result for each in types if each.result_service == service))


def _without_documentation(value: Any) -> Any:
    """A shape as it is asked for: nothing reads the words of botocore's documentation at synth."""
    if isinstance(value, dict):
        parts = cast(dict[str, Any], value).items()
        return {name: _without_documentation(part) for name, part in parts if not _is_documentation(name, part)}
    return value


def _is_documentation(name: str, part: object) -> bool:
    # A member of that name is a shape of its own.
    return name == "documentation" and isinstance(part, str)


def _add_with_members(name: str, service: str, shapes: set[str]) -> None:
    shapes.add(name)
    shape = bundled_shape(name, service)
    parts = [shape[part] for part in ("member", "key", "value") if part in shape]
    for inner in {part["shape"] for part in [*parts, *shape.get("members", {}).values()]} - shapes:
        _add_with_members(inner, service, shapes)


if __name__ == "__main__":
    TARGET.write_text(excerpt_text(), encoding="utf-8")
