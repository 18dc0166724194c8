"""Reads YAML with line numbers: plain values, the line of every key, and the faults of the notation."""

import math
import re
from dataclasses import dataclass, field
from typing import Any, cast

import yaml
from yaml.composer import Composer, ComposerError
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from stacks.configuration.faults import Fault, KeyPath, shown

UNREADABLE = object()
"""Stands for a value whose notation is a fault already."""

_DEEPEST = 20
_TAG = "tag:yaml.org,2002:"


@dataclass
class Document:
    """A YAML file as plain values (mappings as dict, lists as tuple), and the line of each path."""

    data: object = None
    lines: dict[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    faults: list[Fault] = field(default_factory=list[Fault])

    def line(self, path: KeyPath) -> int:
        """Return the line of a path, or of the nearest key around it that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def rename_key(self, parent: KeyPath, wrong: str, right: str) -> None:
        """Take the key `wrong` for `right` from now on, below `parent`."""
        mapping = cast(dict[str, object], self.value(parent))
        mapping[right] = mapping.pop(wrong)
        depth = len(parent)
        for path in [path for path in self.lines if path[: depth + 1] == (*parent, wrong)]:
            self.lines[*parent, right, *path[depth + 1 :]] = self.lines.pop(path)

    def value(self, path: KeyPath) -> object:
        """Return the value at a path, None if the file has none there."""
        value = self.data
        for part in path:
            try:
                value = cast(Any, value)[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def read_document(content: bytes) -> Document:
    """Read one YAML document. `faults` holds mistakes in the notation; `data` is None for an empty file."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return _unreadable("not UTF-8 text; allowed: a YAML file in UTF-8", line)
    try:
        root = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        return _unreadable(*_syntax_problem(error, text))
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        return _unreadable(f"the character U+{ord(text[error.position]):04X} is not allowed in YAML", line)
    except (ValueError, OverflowError):
        # PyYAML converts some escapes and directives without checking their range, and tells no line.
        return _unreadable("not valid YAML: an escape or directive is out of range", 1)
    document = Document()
    if root is not None:
        document.lines[()] = root.start_mark.line + 1
        document.data = _value(root, (), document)
    return document


class _Composer(Reader, Scanner, Parser, Composer, BaseResolver):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Composes nodes by YAML 1.2's core rules, as editors do: `no` and `0123` are text, `1e3` is a number."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        event: yaml.Event = cast(Any, self).peek_event()
        if isinstance(event, yaml.AliasEvent):
            problem = "aliases (*name) are not supported, write the value out"
            raise ComposerError(None, None, problem, event.start_mark)
        if self._depth > _DEEPEST:
            raise ComposerError(None, None, f"nested more than {_DEEPEST} levels deep", event.start_mark)
        self._depth += 1
        node: yaml.Node | None = cast(Any, super()).compose_node(parent, index)
        self._depth -= 1
        return node


_NUMBER_START = list("-+.0123456789")
# Whole numbers of more than 18 digits stay text: no setting is so large, and Python limits conversions.
_SCALARS: dict[str, tuple[str, list[str]]] = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?(0|[1-9][0-9]{0,17})", _NUMBER_START),
    "float": (
        r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?|[-+]?[0-9]+[eE][-+]?[0-9]{1,4}",
        _NUMBER_START,
    ),
}
for _kind, (_pattern, _first) in _SCALARS.items():
    _Composer.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
        _TAG + _kind, re.compile(f"^(?:{_pattern})\\Z"), _first
    )


def _value(node: yaml.Node, path: KeyPath, document: Document) -> object:
    kind = node.tag.removeprefix(_TAG)
    match node, kind:
        case yaml.MappingNode(), "map":
            return _mapping(node, path, document)
        case yaml.SequenceNode(), "seq":
            return _sequence(node, path, document)
        case yaml.ScalarNode(), "str":
            return node.value
        case yaml.ScalarNode(), ("null" | "bool" | "int" | "float") if re.fullmatch(_SCALARS[kind][0], node.value):
            return _scalar(kind, node.value)
        case _:
            message = f"the YAML tag {shown(node.tag.replace(_TAG, '!!'))} is not supported; allowed: plain values"
            document.faults.append(Fault(path, message, node.start_mark.line + 1))
            return UNREADABLE


def _mapping(node: yaml.MappingNode, path: KeyPath, document: Document) -> dict[str, object]:
    values: dict[str, object] = {}
    for key_node, value_node in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.faults.append(Fault(path, "a key is a mapping or a list; allowed: text as key", line))
            continue
        key = cast(str, key_node.value)
        if key in values:
            first = document.lines[*path, key]
            message = f"key stands twice, first in line {first}; allowed: each key once"
            document.faults.append(Fault((*path, key), message, line))
            continue
        document.lines[*path, key] = line
        values[key] = _value(value_node, (*path, key), document)
    return values


def _sequence(node: yaml.SequenceNode, path: KeyPath, document: Document) -> tuple[object, ...]:
    items: list[object] = []
    for index, item in enumerate(cast("list[yaml.Node]", node.value)):
        document.lines[*path, index] = item.start_mark.line + 1
        items.append(_value(item, (*path, index), document))
    return tuple(items)


def _scalar(kind: str, text: str) -> object:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else text


def _unreadable(message: str, line: int) -> Document:
    return Document(data=UNREADABLE, faults=[Fault((), message, line)])


def _syntax_problem(error: yaml.MarkedYAMLError, text: str) -> tuple[str, int]:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"not valid YAML: {error.problem}", 1
    if text[mark.index : mark.index + 1] == "\t":
        return "a tab character; allowed: spaces for indentation", mark.line + 1
    since = f" ({error.context}, from line {error.context_mark.line + 1})" if error.context_mark else ""
    return f"not valid YAML at column {mark.column + 1}: {error.problem}{since}", mark.line + 1
