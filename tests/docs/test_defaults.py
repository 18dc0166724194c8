"""The defaults that pages state against the signatures: all of them, and nothing else.

A row names ``Class.option`` or ``Class.method.option``. Where the signature says None and the body puts something in
its place (``option or Duration.minutes(5)``), the row states that.
"""

import ast
import dataclasses
import importlib
import inspect
import textwrap
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aws_cdk import Duration

from harness.documents import DOMAINS, name, rows

HEADER = ("option", "default", "")


def _stated(page: Path) -> dict[str, dict[str, str]]:
    """Callable → option → default, as ``page`` says."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for option, default, _ in rows(page, *HEADER):
        owner, _, parameter = option.strip("`").rpartition(".")
        found[owner][parameter] = default
    return found


def _module(page: Path, path: Path) -> ModuleType:
    """The module at ``path``, which lies below the folder of ``page``."""
    name = ".".join(path.relative_to(page.parent.parent).with_suffix("").parts)
    return importlib.import_module(f"sagemaker_constructs.{name.removesuffix('.__init__')}")


def _resolve(page: Path, owner: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The class or method that a page means by ``owner``, and the names that its module knows."""
    class_name, _, method = owner.partition(".")
    for path in sorted(set(page.parent.rglob("*.py")) - set(page.parent.rglob("__init__.py"))):
        module = _module(page, path)
        found = getattr(module, class_name, None)
        if inspect.isclass(found) and found.__module__ == module.__name__:
            return getattr(found, method or "__init__"), vars(module)
    raise AssertionError(f"{name(page)} speaks of {owner}, which is not there")


def _is_value_object(names: Mapping[str, Any], owner: str) -> bool:
    return dataclasses.is_dataclass(names.get(owner))


def _defaults(function: Callable[..., Any], names: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Option → default, of the options that have one."""
    if _is_value_object(names, owner):
        return {
            field.name: field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
            for field in dataclasses.fields(names[owner])
            if field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        }
    parameters = inspect.signature(function).parameters.values()
    return {parameter.name: parameter.default for parameter in parameters if parameter.default is not parameter.empty}


def _fallbacks(function: Callable[..., Any], names: Mapping[str, Any], owner: str) -> dict[str, ast.expr]:
    """Option → what the body takes in its place when it is None: the right side of ``option or …``."""
    if _is_value_object(names, owner):
        return {}  # its constructor is generated, and replaces nothing
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return {
        node.values[0].id: node.values[1]
        for node in ast.walk(tree)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and isinstance(node.values[0], ast.Name)
    }


def _disagreement(stated: str, default: object, fallback: ast.expr | None, names: dict[str, Any]) -> str | None:
    if default is not None:
        value = eval(stated.strip("`"), dict(names))
        return None if _same(value, default) else f"{default!r}"
    if isinstance(fallback, ast.Call):
        called = ast.unparse(fallback)
        if called.partition("(")[0] in ("days", "hours", "minutes", "seconds"):
            called = f"Duration.{called}"  # core/durations.py makes each only once
        exact = called.startswith("Duration.")
        agrees = stated == f"`{called}`" if exact else f"`{ast.unparse(fallback.func)}`" in stated
        return None if agrees else called
    if isinstance(fallback, ast.Attribute):
        return None if stated != "none" else ast.unparse(fallback)
    return None if stated == "none" else "none"


def _same(stated: object, default: object) -> bool:
    if isinstance(stated, Duration) and isinstance(default, Duration):
        return stated.to_seconds() == default.to_seconds()  # jsii compares identities
    if dataclasses.is_dataclass(stated) and type(stated) is type(default):
        return all(
            _same(getattr(stated, part.name), getattr(default, part.name)) for part in dataclasses.fields(stated)
        )
    return stated == default and type(stated) is type(default)


def _mistakes(page: Path, stated: Mapping[str, Mapping[str, str]]) -> list[str]:
    found: list[str] = []
    for owner, options in stated.items():
        function, names = _resolve(page, owner)
        real = _defaults(function, names, owner)
        fallbacks = _fallbacks(function, names, owner)
        found += [f"{owner}.{option}: not an option with a default" for option in options.keys() - real.keys()]
        found += [f"{owner}.{option}: missing" for option in real.keys() - options.keys()]
        for option in options.keys() & real.keys():
            wrong = _disagreement(options[option], real[option], fallbacks.get(option), names)
            if wrong:
                found.append(f"{owner}.{option}: states {options[option]}, is {wrong}")
    return found


@pytest.mark.parametrize("page", DOMAINS, ids=name)
def test_the_stated_defaults_are_those_of_the_signatures(page: Path) -> None:
    assert _mistakes(page, _stated(page)) == []


@pytest.mark.parametrize("page", DOMAINS, ids=name)
def test_every_class_with_defaults_is_in_the_table(page: Path) -> None:
    stated = {owner.partition(".")[0] for owner in _stated(page)}
    public: set[str] = set()
    for path in page.parent.rglob("[!_]*.py"):
        module = _module(page, path)
        for class_name, cls in inspect.getmembers(module, inspect.isclass):
            linked = f"`{class_name}`" in page.read_text()
            if cls.__module__ == module.__name__ and linked and _defaults(cls.__init__, vars(module), class_name):
                public.add(class_name)
    assert public <= stated


@pytest.mark.parametrize(
    ("option", "stated"),
    [
        ("rollout", "`CanaryRollout()`"),
        ("rollout", "none"),
        ("capture", "`DataCapture()`"),
    ],
)
def test_a_wrong_default_is_found(option: str, stated: str) -> None:
    [page] = [page for page in DOMAINS if page.parent.name == "serving"]
    right = _stated(page)["RealTimeEndpoint"]
    assert _mistakes(page, {"RealTimeEndpoint": right}) == []
    assert len(_mistakes(page, {"RealTimeEndpoint": {**right, option: stated}})) == 1
    assert len(_mistakes(page, {"RealTimeEndpoint": {k: v for k, v in right.items() if k != option}})) == 1
