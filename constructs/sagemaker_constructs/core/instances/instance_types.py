"""What settings need of their instance type."""

import re
from typing import Literal

from sagemaker_constructs.core.problems import Problem, in_range
from sagemaker_constructs.core.rules.instance_types import has_accelerators, has_local_storage, is_graviton
from sagemaker_constructs.core.tokens import is_token

Processor = Literal["cpu", "gpu"]
Architecture = Literal["amd64", "arm64"]


def processor_problem(path: str, processor: Processor, instance_type: str) -> Problem | None:
    """Rule: ``instance_type`` has ``processor``; only the families g and p have GPUs."""
    if processor == "cpu" or is_token(instance_type) or re.match(r"ml\.(g|p)r?\d", instance_type):
        return None
    return Problem(path, f"needs an instance type with GPUs, got: {instance_type}")


def architecture_problem(path: str, instance_type: str, image: Architecture | None) -> Problem | None:
    """Rule: ``instance_type`` runs images of the architecture of ``image``, where that is known."""
    runs = "arm64" if is_graviton(instance_type) else "amd64"
    if image is None or image == runs or is_token(instance_type):
        return None
    return Problem(path, f"must run images for linux/{image}, such as the model's, got: {instance_type} ({runs})")


def accelerator_problem(path: str, accelerators: int | None, instance_type: str) -> Problem | None:
    """Rule: accelerators are asked for only where ``instance_type`` has some."""
    if accelerators is None or has_accelerators(instance_type):
        return None
    return Problem(path, f"must be left out for an instance type without accelerators, got: {instance_type}")


def volume_problem(path: str, size_gb: int | None, instance_type: str) -> Problem | None:
    """Rule: a volume has 1 to 512 GB, and types with local disks take none."""
    if size_gb is None:
        return None
    if not is_token(instance_type) and has_local_storage(instance_type):
        return Problem(path, f"must be left out for an instance type with local disks, got: {instance_type}")
    return in_range(path, size_gb, 1, 512)
