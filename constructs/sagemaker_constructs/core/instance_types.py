"""Which instance types bring their own disks."""

import re
from typing import Literal

from sagemaker_constructs.core.problems import is_token

_ALWAYS_LOCAL = re.compile(r"(g5|g6|g6e|gr6|g7|g7e|p5|p5e|p5en|p6\S*|trn1|trn1n|trn2\S*|i3|i3en|i4i|i7i\S*)$")
_LOCAL_BY_LETTER = re.compile(r"[a-z]+\d+[a-z]*d[a-z]*$")


def has_local_storage(instance_type: str) -> bool:
    """Whether the family stores on local NVMe disks, which encrypt themselves and refuse a KMS key.

    See ``KmsKeyId`` in https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    family = instance_type.removeprefix("ml.").split(".")[0]
    return bool(_ALWAYS_LOCAL.match(family) or _LOCAL_BY_LETTER.match(family))


Processor = Literal["cpu", "gpu"]


def processor_problem(name: str, processor: Processor, instance_type: str) -> str | None:
    """Rule: ``instance_type`` has ``processor``; only the families g and p have GPUs."""
    if processor == "cpu" or is_token(instance_type) or re.match(r"ml\.(g|p)r?\d", instance_type):
        return None
    return f"{name} must be cpu for an instance type without GPUs, got: {processor!r} on {instance_type}"


def has_accelerators(instance_type: str) -> bool:
    """Whether the type brings GPUs or AWS's own accelerators; families it does not know are taken to do so."""
    return is_token(instance_type) or not re.match(r"ml\.[cmrt]\d", instance_type)
