"""Which processors an instance type has."""

import re
from typing import Literal

from sagemaker_constructs.core.validation import is_token

Processor = Literal["cpu", "gpu"]


def processor_problem(name: str, processor: Processor, instance_type: str) -> str | None:
    """Rule: ``instance_type`` has ``processor``; only the families g and p have GPUs."""
    if processor == "cpu" or is_token(instance_type) or re.match(r"ml\.(g|p)r?\d", instance_type):
        return None
    return f"{name} must be cpu for an instance type without GPUs, got: {processor!r} on {instance_type}"


def has_accelerators(instance_type: str) -> bool:
    """Whether the type brings GPUs or AWS's own accelerators; families it does not know are taken to do so."""
    return is_token(instance_type) or not re.match(r"ml\.[cmrt]\d", instance_type)
