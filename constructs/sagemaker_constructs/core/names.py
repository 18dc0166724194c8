"""Names that SageMaker accepts, derived from the construct path."""

import hashlib
import re

from aws_cdk import Aws, Fn
from constructs import IConstruct

from sagemaker_constructs.core.base_construct import location_of
from sagemaker_constructs.core.places import path_of

_HASH = 8


def physical_name(construct: IConstruct, max_length: int) -> str:
    """Lower-case letters, digits and hyphens; the same for one path in every synth.

    What ``Names.unique_resource_name`` gives with hyphens, without crossing over to the CDK's own process.
    """
    location = location_of(construct)
    below = path_of(construct).removeprefix(path_of(location.stack)).strip("/")
    parts = [part for part in (location.stack_name, *below.split("/")) if part and part != "Default"]
    if len(parts) == 1 and len(parts[0]) <= max_length:
        return _plain(parts[0]).lower()
    readable: list[str] = []
    for part in parts:
        if not readable or not readable[-1].endswith(part):
            readable.append(part)
    human = "".join(f"{_plain(part)}-" for part in readable if part != "Resource" and _plain(part))
    digest = hashlib.md5("/".join(parts).encode(), usedforsecurity=False).hexdigest()[:_HASH]
    room = max_length - _HASH
    if len(human) > room:
        human = human[: room // 2] + human[-(room // 2) :]
    return f"{human}{digest}".lower()


def retained_name(construct: IConstruct, separator: str = "-") -> str:
    """``physical_name`` and the stack's identity, at most 59 characters, with ``separator`` for each hyphen.

    For what outlives its stack and has to have a name: a stack that is made again does not meet what it has left.
    """
    return Fn.join(separator, [physical_name(construct, 50).replace("-", separator), stack_identity()])


def stack_identity() -> str:
    """Eight characters that no other stack has, not even one of the same name that was there before."""
    return Fn.select(0, Fn.split("-", Fn.select(2, Fn.split("/", Aws.STACK_ID))))


def short_hash(text: str) -> str:
    """Eight characters that stand for ``text``, for identifiers that have to be short."""
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH]


def _plain(text: str) -> str:
    return re.sub("[^A-Za-z0-9-]", "", text)
