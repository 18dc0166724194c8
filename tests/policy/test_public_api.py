"""What users of the library may name stands in a file: who changes it, sees so in review.

After a change that is meant: make snapshots. What is gone or called otherwise is told in CHANGELOG.md, and first
deprecated for a version (docs/versions.md).
"""

import ast
import importlib
import inspect
import os
import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from harness.documents import PACKAGE

LISTED = Path(__file__).with_name("public_api.txt")


def test_the_public_api_is_the_listed_one() -> None:
    lines = sorted(set(_api()))
    if os.environ.get("UPDATE_SNAPSHOTS"):
        LISTED.write_text("\n".join([*lines, ""]))
    listed = LISTED.read_text().splitlines()
    gone, new = sorted({*listed} - {*lines}), sorted({*lines} - {*listed})
    assert (gone, new) == ([], []), "if this is meant: make snapshots, and a line in CHANGELOG.md"


def test_every_part_of_a_class_is_listed() -> None:
    listed = {line.partition("(")[0] for line in LISTED.read_text().splitlines()}
    assert {
        "serving.RealTimeEndpoint",
        "serving.RealTimeEndpoint.scale_on_invocations",
        "serving.RealTimeEndpoint.endpoint_name",
        "core.InvalidInput.problems",
        "serving.InstanceRange.minimum",
        "cost.InferenceOption.SERVERLESS",
        "core.add_tags",
    } <= listed


def _api() -> Iterator[str]:
    for door in sorted(PACKAGE.rglob("__init__.pyi")):
        package = ".".join(door.parent.relative_to(PACKAGE).parts)
        module: Any = importlib.import_module(f"sagemaker_constructs.{package}".rstrip("."))
        for name in module.__all__:
            path = f"{package}.{name}".lstrip(".")
            # What stands at the top is listed where it is at home.
            yield from [path] if not package else _of(path, getattr(module, name))


def _of(path: str, found: Any) -> Iterator[str]:
    if not callable(found) or not hasattr(found, "__module__"):
        yield path
        return
    if not inspect.isclass(found):
        yield f"{path}{_signature(found)}"
        return
    # jsii's metaclass takes any arguments and hands them on.
    yield f"{path}{_signature(inspect.unwrap(found.__init__))}"
    if issubclass(found, Enum):
        yield from (f"{path}.{member.name}" for member in found)
    for kind in inspect.getmro(found):
        if kind.__module__.startswith("sagemaker_constructs"):
            yield from _members(path, kind)


def _members(path: str, kind: type) -> Iterator[str]:
    for name, member in vars(kind).items():
        if name.startswith("_"):
            continue
        function = getattr(member, "__func__", member)
        yield f"{path}.{name}{_signature(function) if inspect.isfunction(function) else ''}"
    yield from (f"{path}.{name}" for name in vars(kind).get("__annotations__", {}) if not name.startswith("_"))
    if "__init__" in vars(kind) and not hasattr(kind, "__dataclass_fields__"):
        yield from (f"{path}.{name}" for name in _set_in_the_constructor(vars(kind)["__init__"]))


def _set_in_the_constructor(constructor: Any) -> Iterator[str]:
    """The attributes without an underscore that a constructor gives to ``self``."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(constructor))))
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()) if not name.startswith("_"):
                yield name
            case _:
                pass


def _signature(function: Any) -> str:
    """The arguments by name; of a default, that there is one."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ""
    words: list[str] = []
    for each in parameters:
        if each.kind is each.KEYWORD_ONLY and "*" not in words and not any(word.startswith("*") for word in words):
            words.append("*")
        star = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        words.append(f"{star}{each.name}{'' if each.default is each.empty else '=…'}")
    return f"({', '.join(word for word in words if word not in ('self', 'cls'))})"
