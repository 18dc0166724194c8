"""Which instance types bring their own disks."""

import re

_ALWAYS_LOCAL = re.compile(r"(g5|g6|g6e|gr6|g7|g7e|p5|p5e|p5en|p6\S*|trn1|trn1n|trn2\S*|i3|i3en|i4i|i7i\S*)$")
_LOCAL_BY_LETTER = re.compile(r"[a-z]+\d+[a-z]*d[a-z]*$")


def has_local_storage(instance_type: str) -> bool:
    """Whether the family stores on local NVMe disks, which encrypt themselves and refuse a KMS key.

    See ``KmsKeyId`` in https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    family = instance_type.removeprefix("ml.").split(".")[0]
    return bool(_ALWAYS_LOCAL.match(family) or _LOCAL_BY_LETTER.match(family))
