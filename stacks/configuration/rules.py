"""Asks every section of a file for its problems, and maps their paths to the keys of the file."""

import re
from collections.abc import Collection, Iterator
from itertools import chain
from typing import Any, cast

from stacks.configuration.faults import Fault, KeyPath
from stacks.configuration.section import SettingsSection, Surroundings


def broken_rules(settings: SettingsSection, around: Surroundings, wrong: Collection[KeyPath]) -> Iterator[Fault]:
    """Yield what the sections say of themselves; `wrong` paths have their faults already."""
    for path, section in _sections(settings):
        for problem in chain(section.problems(), section.problems_around(around)):
            if problem is None:
                continue
            at = (*path, *key_path(problem.path))
            if not any(at[: len(fault)] == fault for fault in wrong):
                yield Fault(at, problem.message)


def key_path(text: str) -> KeyPath:
    """Return a problem's path, such as `variants[1].name`, part by part."""
    parts = re.findall(r"\[(\d+)\]|([^.\[\]]+)", text)
    return tuple(int(index) if index else key for index, key in parts)


def _sections(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, SettingsSection]]:
    if isinstance(value, SettingsSection):
        yield path, value
        for name in type(value).model_fields:
            yield from _sections(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(cast(tuple[Any, ...], value)):
            yield from _sections(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in cast(dict[str, Any], value).items():
            yield from _sections(item, (*path, key))
