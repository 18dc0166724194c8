"""Reads a file with mistakes as far as it goes, so that its rules can be judged beside them."""

import types
from collections.abc import Collection
from functools import cache
from typing import Annotated, Any, Union, cast, get_args, get_origin

from aws_cdk import Token
from pydantic.fields import FieldInfo

from stacks.configuration.faults import KeyPath
from stacks.configuration.section import SettingsSection


def as_far_as_it_goes(
    model: type[SettingsSection], value: object, wrong: Collection[KeyPath], path: KeyPath = ()
) -> SettingsSection:
    """Return `model` with what `value` says; what is at `wrong` paths, or does not fit, becomes a stand-in."""
    mapping = cast(dict[str, Any], value)
    fields: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        at = (*path, name)
        if at in wrong and not isinstance(mapping.get(name), dict | tuple):
            fields[name] = _stand_in(field.annotation)
        elif name in mapping:
            fields[name] = _read(field.annotation, mapping[name], wrong, at)
        else:
            fields[name] = field.get_default(call_default_factory=True)
    return model.model_construct(**fields)


def _read(kind: Any, value: Any, wrong: Collection[KeyPath], path: KeyPath) -> Any:
    options = _options(kind)
    if value is None and type(None) in options:
        return None
    sections = [option for option in options if _is_section(option)]
    if sections:
        chosen = _chosen(sections, value)
        return _stand_in(kind) if chosen is None else as_far_as_it_goes(chosen, value, wrong, path)
    values = next((get_args(option)[1] for option in options if get_origin(option) is dict), None)
    if any(map(_is_section, _options(values))):
        named = cast(dict[str, Any], value) if isinstance(value, dict) else {}
        return {name: _read(values, item, wrong, (*path, name)) for name, item in named.items()}
    items = next((get_args(option)[0] for option in options if get_origin(option) is tuple), None)
    if items is not None:
        if not isinstance(value, tuple):
            return (_stand_in(items),)
        return tuple(
            _read(items, item, wrong, (*path, index)) for index, item in enumerate(cast(tuple[Any, ...], value))
        )
    return _stand_in(kind) if path in wrong else value


def _chosen(sections: list[type[SettingsSection]], value: object) -> type[SettingsSection] | None:
    """The section that a mapping is meant to be, by its `mode` where there are several."""
    if not isinstance(value, dict):
        return None
    mode = cast(dict[str, Any], value).get("mode")
    if len(sections) == 1:
        return sections[0]
    return next((section for section in sections if mode in get_args(section.model_fields["mode"].annotation)), None)


def _stand_in(kind: Any) -> Any:
    """A value of this kind that no rule has anything to say about."""
    options = [option for option in _options(kind) if option is not type(None)]
    first = options[0]
    if _is_section(first):
        return first.model_construct(**{name: _of_field(field) for name, field in first.model_fields.items()})
    if get_origin(first) is tuple:
        return (_stand_in(get_args(first)[0]),)
    if get_origin(first) is dict:
        return {}
    return _number() if first in (int, float) else _text()


def _of_field(field: FieldInfo) -> Any:
    return _stand_in(field.annotation)


def _options(kind: Any) -> tuple[Any, ...]:
    """The alternatives of an annotation, without what it is annotated with."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _options(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return tuple(option for argument in get_args(kind) for option in _options(argument))
    return (kind,)


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, SettingsSection)


@cache
def _number() -> float:
    return Token.as_number({"Ref": "Unreadable"})


@cache
def _text() -> str:
    return Token.as_string({"Ref": "Unreadable"})
