"""`python -m tools.instance_types` writes the constants of instance types from botocore's bundled model."""

from pathlib import Path

from sagemaker_constructs.core.service_model import enum_values

TARGET = Path("constructs/sagemaker_constructs/core/instances/instance.py")
SHAPES = (
    "ProductionVariantInstanceType",
    "TrainingInstanceType",
    "TransformInstanceType",
    "ProcessingInstanceType",
    "InstanceType",
)
_HEAD = '''"""Instance types by name, written by ``python -m tools.instance_types`` from botocore's bundled model."""


class Instance:
    """Every instance type of SageMaker, for editors to complete; arguments take the text as well.

    Not every type is available for every use or in every region: constructs judge each use by its own list.

    See https://aws.amazon.com/sagemaker/ai/pricing/
    """

'''


def module_text() -> str:
    """The content of the module."""
    types = sorted({name for shape in SHAPES for name in enum_values(shape)})
    return _HEAD + "".join(f'    {_constant(name)} = "{name}"\n' for name in types)


def _constant(name: str) -> str:
    return name.removeprefix("ml.").replace(".", "_").replace("-", "_").upper()


if __name__ == "__main__":
    TARGET.write_text(module_text(), encoding="utf-8")
