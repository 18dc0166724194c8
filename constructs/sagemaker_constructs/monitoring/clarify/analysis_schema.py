"""The schema of Clarify's analysis configuration, and what a configuration has that it does not allow."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from sagemaker_constructs.core.problems import Problem, one_of
from sagemaker_constructs.core.tokens import is_token

_FILE = Path(__file__).with_suffix(".json")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (Mapping,),
    "null": (type(None),),
}
_WORDS = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "an object", "null": "null",
}  # fmt: skip

Schema = Mapping[str, Any]


@cache
def analysis_schema() -> Schema:
    """The schema, as JSON Schema writes it."""
    return json.loads(_FILE.read_text(encoding="utf-8"))


def schema_problems(document: Mapping[str, object]) -> Iterator[Problem]:
    """What in a configuration the schema does not allow, by the path of the member."""
    yield from _judge(analysis_schema(), document, "")


def _judge(schema: Schema, value: object, path: str) -> Iterator[Problem]:
    if isinstance(value, str) and is_token(value):
        return
    if "anyOf" in schema:
        yield from _judge_any(schema["anyOf"], value, path)
        return
    types = _listed(schema["type"])
    if not _is_of(value, types):
        yield Problem(path, f"must be {_words(types)}, got: {value!r}")
        return
    if isinstance(value, str):
        yield from _judge_text(schema, value, path)
    elif isinstance(value, Mapping):
        yield from _judge_object(schema, cast("Mapping[str, object]", value), path)
    elif isinstance(value, list | tuple) and "items" in schema:
        for number, item in enumerate(cast("Sequence[object]", value)):
            yield from _judge(schema["items"], item, f"{path}[{number}]")


def _judge_any(choices: Sequence[Schema], value: object, path: str) -> Iterator[Problem]:
    found = [list(_judge(each, value, path)) for each in choices]
    if all(found):
        fitting = [problems for each, problems in zip(choices, found, strict=True) if _is_of(value, _of(each))]
        if fitting:
            yield from min(fitting, key=len)
        else:
            yield Problem(path, f"must be {_words([one for each in choices for one in _of(each)])}, got: {value!r}")


def _judge_text(schema: Schema, value: str, path: str) -> Iterator[Problem]:
    allowed: Sequence[str] = schema.get("enum", ())
    if allowed and (problem := one_of(path, value.lower(), allowed)):
        yield problem
    pattern = schema.get("pattern")
    if pattern and not re.search(pattern, value):
        yield Problem(path, f"must match {pattern}, got: {value!r}")


def _judge_object(schema: Schema, value: Mapping[str, object], path: str) -> Iterator[Problem]:
    known: Mapping[str, Schema] = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    if len(value) < schema.get("minProperties", 0):
        yield Problem(path, "must have at least one member")
    for name in schema.get("required", ()):
        if name not in value:
            yield Problem(_below(path, name), "is required")
    for name, member in value.items():
        if name in known:
            yield from _judge(known[name], member, _below(path, name))
        elif isinstance(others, Mapping):
            yield from _judge(cast(Schema, others), member, _below(path, name))
        elif not others and (problem := one_of(_below(path, name), name, known)):
            yield problem


def _is_of(value: object, types: Sequence[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in types
    return any(isinstance(value, _TYPES[each]) for each in types)


def _of(schema: Schema) -> Sequence[str]:
    return _listed(schema["type"])


def _listed(types: str | Sequence[str]) -> Sequence[str]:
    return [types] if isinstance(types, str) else types


def _words(types: Sequence[str]) -> str:
    return " or ".join(dict.fromkeys(_WORDS[each] for each in types))


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
