"""The kit of which field types are made: each carries its rule and, in words, what it allows."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from sagemaker_constructs.core.service_model import enum_values, shape


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


def api_enum(name: str) -> OneOf:
    """Membership in an enum of SageMaker's API, in the order of its words."""
    return OneOf(lambda: tuple(sorted(enum_values(name))))


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


def as_text(value: object) -> object:
    """A number, true or false as the text that an API requires."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
