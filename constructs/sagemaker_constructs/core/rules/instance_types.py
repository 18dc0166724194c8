"""What instance types bring along, disks of their own, accelerators, credits, and what follows for scaling."""

import re
from collections.abc import Iterator

from sagemaker_constructs.core.rules.catalogue import GUIDE, Broken, Call, Request, rule
from sagemaker_constructs.core.tokens import is_token

_ALWAYS_LOCAL = re.compile(r"(g5|g6|g6e|gr6|g7|g7e|p5|p5e|p5en|p6\S*|trn1|trn1n|trn2\S*|i3|i3en|i4i|i7i\S*)$")
_LOCAL_BY_LETTER = re.compile(r"[a-z]+\d+[a-z]*d[a-z]*$")


def has_local_storage(instance_type: str) -> bool:
    """Whether the family stores on local NVMe disks, which encrypt themselves and refuse a KMS key.

    See ``KmsKeyId`` in https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    family = instance_type.removeprefix("ml.").split(".")[0]
    return bool(_ALWAYS_LOCAL.match(family) or _LOCAL_BY_LETTER.match(family))


def has_accelerators(instance_type: str) -> bool:
    """Whether the type brings GPUs or AWS's own accelerators; families not listed here are taken to do so."""
    return is_token(instance_type) or not re.match(r"ml\.[cmrt]\d", instance_type)


def is_graviton(instance_type: str) -> bool:
    """Whether the type has AWS's own processors, of the architecture arm64.

    The letter after the generation says so: c7g and m8gd have them, g5 and p4d do not.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
    """
    return not is_token(instance_type) and re.match(r"ml\.[a-z]+\d+g", instance_type) is not None


@rule("RegisterScalableTarget", f"{GUIDE}/endpoint-auto-scaling-add-console.html", read="2026-11-24")
def burstable_instances_do_not_scale(call: Call) -> Iterator[Broken]:
    """Automatic scaling does not support burstable instance types, such as ml.t2."""
    variant = scaled_variant(call)
    if variant and (variant.get("InstanceType") or "").startswith("ml.t"):
        yield "ResourceId", variant["InstanceType"]


def scaled_variant(call: Call) -> Request | None:
    """The variant of an endpoint whose ``ResourceId`` is to scale; None for what is no variant, or not at hand."""
    kind, _, rest = str(call.request["ResourceId"]).partition("/")
    endpoint, _, name = rest.partition("/variant/")
    deployed = call.find("Endpoint", endpoint) if kind == "endpoint" else None
    configuration = call.find("EndpointConfig", deployed["EndpointConfigName"]) if deployed else None
    if configuration is None:
        return None
    fleets = [*configuration["ProductionVariants"], *configuration.get("ShadowProductionVariants", ())]
    return next((fleet for fleet in fleets if fleet["VariantName"] == name), None)
