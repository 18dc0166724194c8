"""What instance types bring along: disks of their own, GPUs, accelerators."""

import re
from typing import Literal

from sagemaker_constructs.core.problems import Problem, in_range
from sagemaker_constructs.core.tokens import is_token

_ALWAYS_LOCAL = re.compile(r"(g5|g6|g6e|gr6|g7|g7e|p5|p5e|p5en|p6\S*|trn1|trn1n|trn2\S*|i3|i3en|i4i|i7i\S*)$")
_LOCAL_BY_LETTER = re.compile(r"[a-z]+\d+[a-z]*d[a-z]*$")


def has_local_storage(instance_type: str) -> bool:
    """Whether the family stores on local NVMe disks, which encrypt themselves and refuse a KMS key.

    See ``KmsKeyId`` in https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    family = instance_type.removeprefix("ml.").split(".")[0]
    return bool(_ALWAYS_LOCAL.match(family) or _LOCAL_BY_LETTER.match(family))


Processor = Literal["cpu", "gpu"]


def processor_problem(path: str, processor: Processor, instance_type: str) -> Problem | None:
    """Rule: ``instance_type`` has ``processor``; only the families g and p have GPUs."""
    if processor == "cpu" or is_token(instance_type) or re.match(r"ml\.(g|p)r?\d", instance_type):
        return None
    return Problem(path, f"needs an instance type with GPUs, got: {instance_type}")


def has_accelerators(instance_type: str) -> bool:
    """Whether the type brings GPUs or AWS's own accelerators; families not listed here are taken to do so."""
    return is_token(instance_type) or not re.match(r"ml\.[cmrt]\d", instance_type)


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
