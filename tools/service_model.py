"""`python -m tools.service_model` writes what synthesis asks of botocore's bundled model."""

import json
from pathlib import Path

import botocore

from sagemaker_constructs.core.service_model import bundled_regions, bundled_shape

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


def excerpt_text() -> str:
    """The content of the file."""
    excerpt = {
        "botocore": botocore.__version__,
        "regions": bundled_regions(),
        "shapes": {name: bundled_shape(name) for name in SHAPES},
    }
    return json.dumps(excerpt, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(excerpt_text(), encoding="utf-8")
