"""The field types of the settings: each carries its rule and, in words, what it allows."""

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from stacks.settings.aws_model import (
    hosting_instance_types,
    sagemaker_regions,
    shape,
    training_instance_types,
    transform_instance_types,
)


@dataclass(frozen=True)
class OneOf:
    """Membership in a set that is read from botocore's model when the first value is checked."""

    choices: Callable[[], tuple[str, ...]]

    def __get_pydantic_core_schema__(self, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._member, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core), "enum": list(self.choices())}

    def _member(self, value: str) -> str:
        if value not in self.choices():
            raise ValueError("not a member")
        return value


@dataclass(frozen=True)
class ApiText:
    """Text that matches the pattern and the length of a shape of SageMaker's API."""

    shape_name: str

    def __get_pydantic_core_schema__(self, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._matches, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        rule = shape(self.shape_name)
        return {**handler(core), "pattern": f"^{rule['pattern']}$", "maxLength": rule["max"]}

    def _matches(self, value: str) -> str:
        rule = shape(self.shape_name)
        if len(value) > rule["max"] or not re.fullmatch(rule["pattern"], value):
            raise ValueError("does not match")
        return value


def in_words(words: str, **schema: Any) -> dict[str, Any]:
    """Schema entries that say in words what a pattern allows; editors show them as the pattern's error."""
    return {"patternErrorMessage": words, **schema}


def matching(pattern: str, words: str, *, most: int | None = None) -> Any:
    """The field of a text that matches ``pattern`` and has ``most`` characters; ``words`` say what it allows."""
    return Field(pattern=pattern, max_length=most, json_schema_extra=in_words(words))


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


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
    BeforeValidator(_as_text),
]
Region = Annotated[str, OneOf(sagemaker_regions), Field(title="region with SageMaker")]
TrainingInstanceType = Annotated[str, OneOf(training_instance_types), Field(title="training instance type")]
HostingInstanceType = Annotated[str, OneOf(hosting_instance_types), Field(title="hosting instance type")]
TransformInstanceType = Annotated[str, OneOf(transform_instance_types), Field(title="transform instance type")]
VariantName = Annotated[
    str,
    ApiText("VariantName"),
    Field(
        json_schema_extra=in_words("1 to 63 letters, digits and hyphens, starting and ending with a letter or digit")
    ),
]
ImageFolder = Annotated[
    str,
    matching(
        r"^containers/[a-z0-9][a-z0-9_-]*$",
        "a folder directly below containers/ that holds a Dockerfile, such as containers/tabular",
    ),
]
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
    BeforeValidator(_as_text),
]
HyperparameterName = Annotated[
    str,
    Field(min_length=1, max_length=256, json_schema_extra=in_words("a name of 1 to 256 characters in one line")),
    ApiText("HyperParameterKey"),
]
HyperparameterValue = Annotated[
    str,
    Field(
        json_schema_extra=in_words(
            "text of at most 2500 characters in one line, a number, true or false",
            type=["string", "number", "boolean"],
        )
    ),
    ApiText("HyperParameterValue"),
    BeforeValidator(_as_text),
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
SubnetId = Annotated[str, matching(r"^subnet-([0-9a-f]{8}|[0-9a-f]{17})$", "subnet- and 8 or 17 hexadecimal digits")]
SecurityGroupId = Annotated[str, matching(r"^sg-([0-9a-f]{8}|[0-9a-f]{17})$", "sg- and 8 or 17 hexadecimal digits")]
EmailAddress = Annotated[
    str, matching(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", "an e-mail address such as team@example.com", most=320)
]
