"""A mistake in a configuration file, and the error that carries all of a file's mistakes."""

import json
import re
from collections.abc import Iterable, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import cast

KeyPath = tuple[str | int, ...]

_LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Fault:
    """One mistake: where it is, and what is wrong in words that name what is allowed."""

    path: KeyPath
    message: str
    line: int | None = None
    """Line of the file; left out, the line of the key that `path` names."""


class SettingsError(Exception):
    """The configuration file cannot be used; `lines` holds one line per mistake, in the order of the file."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines: tuple[str, ...] = tuple(lines)
        super().__init__("\n".join(self.lines))


def report(file: Path, faults: Iterable[Fault]) -> SettingsError:
    """Return the error for a file's faults, each as `file:line: dotted.path: message`, sorted by line."""
    ordered = sorted(faults, key=lambda fault: fault.line or 0)
    return SettingsError(
        ": ".join(
            part
            for part in (
                _one_line(file.as_posix()) + (f":{fault.line}" if fault.line else ""),
                dotted(fault.path),
                _one_line(fault.message),
            )
            if part
        )
        for fault in ordered
    )


def dotted(path: KeyPath) -> str:
    """Return a path as a person writes it: `serving.variants[0].name`, `tags["cost center"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[A-Za-z0-9_-]+", part):
            text += f".{part}" if text else part
        else:
            text += f"[{shown(part)}]"
    return text


def shown(value: object) -> str:
    """Return a value as an error quotes it: one line, shortened, containers by their size."""
    match value:
        case None:
            return "an empty value"
        case dict():
            return f"a mapping with {_counted(cast(Sized, value), 'key')}"
        case tuple():
            return f"a list with {_counted(cast(Sized, value), 'item')}"
        case str() if len(value) > _LONGEST_SHOWN:
            return shown(value[: _LONGEST_SHOWN - 1] + "…")
        case _:
            return _one_line(json.dumps(value, ensure_ascii=False, default=repr))


def _counted(entries: Sized, noun: str) -> str:
    number = len(entries)
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)
