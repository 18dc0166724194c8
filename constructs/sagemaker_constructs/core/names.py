"""Names that SageMaker accepts, derived from the construct path."""

from aws_cdk import Names
from constructs import Construct


def physical_name(construct: Construct, max_length: int) -> str:
    """Lower-case letters, digits and hyphens; the same for one path in every synth."""
    return Names.unique_resource_name(
        construct, max_length=max_length, separator="-", allowed_special_characters="-"
    ).lower()
