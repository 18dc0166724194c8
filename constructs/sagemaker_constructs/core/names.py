"""Names that SageMaker accepts, derived from the construct path."""

import hashlib

from aws_cdk import Names
from constructs import Construct


def physical_name(construct: Construct, max_length: int) -> str:
    """Lower-case letters, digits and hyphens; the same for one path in every synth."""
    return Names.unique_resource_name(
        construct, max_length=max_length, separator="-", allowed_special_characters="-"
    ).lower()


def short_hash(text: str) -> str:
    """Eight characters that stand for ``text``, for identifiers that have to be short."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
