"""`python -m tools.service_model` writes what synthesis asks of botocore's bundled model."""

import json
from pathlib import Path

import botocore

from sagemaker_constructs.core.rules.catalogue import rules
from sagemaker_constructs.core.service_model import bundled_input_shape, bundled_regions, bundled_shape

TARGET = Path("constructs/sagemaker_constructs/core/service_model.json")
SHAPES = (
    "ContainerHostname",
    "HyperParameterKey",
    "HyperParameterValue",
    "ProductionVariantInferenceAmiVersion",
    "ProductionVariantInstanceType",
    "TrainingInstanceType",
    "TransformInstanceType",
    "VariantName",
)
"""What settings and constructs ask for by name, beside what the operations of the catalogue of rules take."""


def excerpt_text() -> str:
    """The content of the file."""
    operations = {
        operation: bundled_input_shape(operation) for operation in sorted({r.operation for r in rules().values()})
    }
    shapes = set(SHAPES)
    for name in operations.values():
        _add_with_members(name, shapes)
    excerpt = {
        "botocore": botocore.__version__,
        "operations": operations,
        "regions": bundled_regions(),
        "shapes": {name: bundled_shape(name) for name in sorted(shapes)},
    }
    return json.dumps(excerpt, indent=1) + "\n"


def _add_with_members(name: str, shapes: set[str]) -> None:
    shapes.add(name)
    shape = bundled_shape(name)
    parts = [shape[part] for part in ("member", "key", "value") if part in shape]
    for inner in {part["shape"] for part in [*parts, *shape.get("members", {}).values()]} - shapes:
        _add_with_members(inner, shapes)


if __name__ == "__main__":
    TARGET.write_text(excerpt_text(), encoding="utf-8")
