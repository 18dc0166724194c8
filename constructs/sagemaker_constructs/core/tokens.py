"""Values that are only known at deployment, recognized without asking the CDK's own process."""

import struct
import sys
from collections.abc import Mapping
from typing import Any, cast

_TEXT = "${Token["
_LIST = "#{Token["
_NUMBER = b"\xfb\xff"
_LARGEST = sys.float_info.max


def is_token(value: object) -> bool:
    """Whether ``value`` is only known at deployment, so that no rule can judge it at synth.

    The CDK writes tokens as marked text, as lists with one marked entry, as numbers that are otherwise never used,
    and as objects with a method ``resolve``. Each question to ``Token.is_unresolved`` would cross over to another
    process.

    See https://docs.aws.amazon.com/cdk/v2/guide/tokens.html
    """
    match value:
        case str():
            return _TEXT in value or _LIST in value
        case bool() | None:
            return False
        case int() | float():
            return 1e288 < abs(value) <= _LARGEST and struct.pack(">d", value)[:2] == _NUMBER
        case list() | tuple():
            entries = cast("list[object] | tuple[object, ...]", value)
            return len(entries) == 1 and isinstance(entries[0], str) and entries[0].startswith(_LIST)
        case _:
            return hasattr(value, "resolve")


def is_plain_json(value: object) -> bool:
    """Whether all tokens within ``value`` are text, so that Python may write it as JSON."""
    if isinstance(value, Mapping):
        return all(is_plain_json(item) for item in cast(Mapping[str, Any], value).values())
    if isinstance(value, str):
        return _LIST not in value
    if isinstance(value, list | tuple):
        return all(is_plain_json(item) for item in cast("list[Any] | tuple[Any, ...]", value))
    return not is_token(value)
