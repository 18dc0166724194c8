"""The field types of the foundation: names, tags and networks."""

import ipaddress
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from sagemaker_constructs.core.service_model import sagemaker_regions
from stacks.configuration.fields.kit import OneOf, as_text, in_words, matching


def _tag_text(value: str) -> str:
    allowed = all(unicodedata.category(letter)[0] in "LNZ" or letter in "_.:/=+-@" for letter in value)
    if not allowed or value.lower().startswith("aws:"):
        raise ValueError("not a tag")
    return value


def _vpc_cidr(value: str) -> str:
    network = ipaddress.IPv4Network(value, strict=True)
    if "/" not in value or not 16 <= network.prefixlen <= 24 or network.overlaps(_DOCKER_BRIDGE):
        raise ValueError("not usable for the VPC")
    return value


_DOCKER_BRIDGE = ipaddress.IPv4Network("172.17.0.0/16")
_TAG_CHARACTERS = "letters, digits, spaces and _ . : / = + - @, not starting with aws:"
# Editors cannot express Unicode classes portably, so their pattern only rules out what is never allowed.
_TAG_PATTERN = r"""^(?![aA][wW][sS]:)[^!"#$%&'()*,;<>?\[\\\]^`{|}~]*$"""

PlatformName = Annotated[
    str,
    matching(
        r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$",
        "3 to 32 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen",
    ),
]
Qualifier = Annotated[str, matching(r"^[a-z0-9]{1,10}$", "1 to 10 lower-case letters and digits")]
PolicyName = Annotated[str, matching(r"^[\w+=,.@-]{1,128}$", "1 to 128 letters, digits and _+=,.@-")]
EnvironmentName = Annotated[
    str,
    matching(
        r"^[a-z][a-z0-9-]{0,14}[a-z0-9]$",
        "2 to 16 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen",
    ),
]
AccountId = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{12}$",
        json_schema_extra=in_words("12 digits", type=["string", "integer"], minimum=10**11, maximum=10**12 - 1),
    ),
    BeforeValidator(as_text),
]
Region = Annotated[str, OneOf(sagemaker_regions), Field(title="region with SageMaker")]
TagKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        json_schema_extra=in_words(f"1 to 128 {_TAG_CHARACTERS}", pattern=_TAG_PATTERN),
    ),
    AfterValidator(_tag_text),
]
TagValue = Annotated[
    str,
    Field(
        max_length=256,
        json_schema_extra=in_words(
            f"at most 256 {_TAG_CHARACTERS}", pattern=_TAG_PATTERN, type=["string", "number", "boolean"]
        ),
    ),
    AfterValidator(_tag_text),
    BeforeValidator(as_text),
]
VpcCidr = Annotated[
    str,
    Field(
        json_schema_extra=in_words(
            "an IPv4 network such as 10.0.0.0/16, with a prefix from /16 to /24, outside 172.17.0.0/16 "
            "(which container hosts use themselves)",
            pattern=r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/(1[6-9]|2[0-4])$",
        )
    ),
    AfterValidator(_vpc_cidr),
]
ZoneName = Annotated[
    str, matching(r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", "the name of an availability zone, such as us-east-1b")
]
SubnetId = Annotated[str, matching(r"^subnet-([0-9a-f]{8}|[0-9a-f]{17})$", "subnet- and 8 or 17 hexadecimal digits")]
SecurityGroupId = Annotated[str, matching(r"^sg-([0-9a-f]{8}|[0-9a-f]{17})$", "sg- and 8 or 17 hexadecimal digits")]
EmailAddress = Annotated[
    str, matching(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", "an e-mail address such as team@example.com", most=320)
]
