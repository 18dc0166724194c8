"""Intrinsic functions: as text with marks in it, and templates as they are when their conditions hold or do not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard

from sagemaker_constructs.core.templates.assembly import Template

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_ABSENT = object()


def is_structure(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether ``value`` is an object of JSON."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether ``value`` is a list of JSON."""
    return isinstance(value, list)


def is_intrinsic(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether ``value`` is a reference or a function, whose value only the deployment has."""
    if not is_structure(value) or len(value) != 1:
        return False
    [name] = value
    return name == "Ref" or name.startswith("Fn::")


def flat_text(value: object, mark: Callable[[str], str] = "${{{}}}".format) -> str:
    """``value`` as text. What only the deployment has is the name of what it refers to, as ``mark`` writes it.

    ``{"Ref": "AWS::Region"}`` is ``${AWS::Region}``, ``{"Fn::GetAtt": ["Data", "Arn"]}`` is ``${Data.Arn}``.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if not is_intrinsic(value):
        return json.dumps(value, default=str)
    function: str
    argument: Any
    [(function, argument)] = value.items()
    match function:
        case "Ref":
            return mark(str(argument))
        case "Fn::GetAtt":
            return mark(".".join(map(flat_text, argument)) if is_list(argument) else str(argument))
        case "Fn::ImportValue":
            return mark(flat_text(argument))
        case "Fn::Base64":
            return flat_text(argument, mark)
        case "Fn::Join" if is_list(argument) and len(argument) == 2 and is_list(argument[1]):
            return str(argument[0]).join(flat_text(each, mark) for each in argument[1])
        case "Fn::Sub":
            return _substituted(argument, mark)
        case _:
            return mark(f"{function} {json.dumps(argument, sort_keys=True)}".replace("}", ")").replace("{", "("))


def _substituted(argument: Any, mark: Callable[[str], str]) -> str:
    pattern, values = _parts_of(argument)

    def named(found: re.Match[str]) -> str:
        literal, name = found.groups()
        if literal:
            return f"${{{name}}}"
        return flat_text(values[name], mark) if name in values else mark(name)

    return _VARIABLE.sub(named, pattern)


def references_in(value: object, *, exports: bool = True) -> Iterator[str]:
    """The logical ids and, with ``exports``, the names of exports that ``value`` refers to, however deep."""
    if is_list(value):
        for each in value:
            yield from references_in(each, exports=exports)
    elif is_structure(value):
        members = dict(value)
        match members:
            case {"Ref": str(name)} if len(members) == 1:
                yield name
            case {"Fn::GetAtt": [str(name), *_]} if len(members) == 1:
                yield name
            case {"Fn::GetAtt": str(name)} if len(members) == 1:
                yield name.partition(".")[0]
            case {"Fn::ImportValue": name} if exports and len(members) == 1:
                yield flat_text(name)
            case {"Fn::Sub": argument} if len(members) == 1:
                yield from _names_in(argument, exports=exports)
            case _:
                for each in members.values():
                    yield from references_in(each, exports=exports)


def _parts_of(argument: Any) -> tuple[str, Mapping[str, Any]]:
    """Text and values of a substitution; what is none has no text."""
    if is_list(argument) and len(argument) == 2 and is_structure(argument[1]):
        return str(argument[0]), argument[1]
    return (argument if isinstance(argument, str) else ""), {}


def _names_in(argument: Any, *, exports: bool) -> Iterator[str]:
    pattern, values = _parts_of(argument)
    for literal, name in _VARIABLE.findall(pattern):
        if not literal and name not in values:
            yield name.partition(".")[0]
    yield from references_in(values, exports=exports)


def worlds(template: Template) -> Iterator[Template]:
    """``template`` as it is when all its conditions hold, and, if it has some, when none does.

    Parameters with a default are that default; what is absent under a condition is absent.
    """
    for truth in (True, False) if template.get("Conditions") else (True,):
        yield {**template, "Resources": _settled(template.get("Resources", {}), _defaults(template), truth)}


def _defaults(template: Template) -> Mapping[str, Any]:
    return {
        name: parameter["Default"]
        for name, parameter in template.get("Parameters", {}).items()
        if parameter.get("Type") in ("String", "Number") and "Default" in parameter
    }


def _settled(value: Any, defaults: Mapping[str, Any], truth: bool) -> Any:
    if is_list(value):
        items = [_settled(each, defaults, truth) for each in value]
        return [each for each in items if each is not _ABSENT]
    if not is_structure(value):
        return value
    members = dict(value)
    match members:
        case {"Ref": "AWS::NoValue"} if len(members) == 1:
            return _ABSENT
        case {"Ref": str(name)} if len(members) == 1 and name in defaults:
            return defaults[name]
        case {"Fn::If": [_, then, otherwise]} if len(members) == 1:
            return _settled(then if truth else otherwise, defaults, truth)
        case _:
            settled = {name: _settled(each, defaults, truth) for name, each in members.items()}
            return {name: each for name, each in settled.items() if each is not _ABSENT}
