"""What the configuration's fields take from SageMaker's API description: instance types by use."""

from sagemaker_constructs.core.service_model import enum_values


def training_instance_types() -> tuple[str, ...]:
    """Every instance type that a training job accepts."""
    return tuple(sorted(enum_values("TrainingInstanceType")))


def hosting_instance_types() -> tuple[str, ...]:
    """Every instance type that an endpoint variant accepts."""
    return tuple(sorted(enum_values("ProductionVariantInstanceType")))


def transform_instance_types() -> tuple[str, ...]:
    """Every instance type that a transform job accepts."""
    return tuple(sorted(enum_values("TransformInstanceType")))
