"""What the rules between settings may read."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from stacks.settings.faults import Fault, KeyPath


@dataclass(frozen=True)
class ValidValues:
    """The values of a file that passed their own checks; a rule judges nothing that is wrong already."""

    data: object
    invalid: Collection[KeyPath]
    file: Path
    project: Path

    def get(self, *path: str | int, default: object = None) -> Any:
        """Return a value, `default` if the file leaves it out, None if it is invalid."""
        if any(path[: len(broken)] == broken for broken in self.invalid):
            return None
        value: Any = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return default
        return value

    def mappings(self, value: Any = None, path: KeyPath = ()) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
        """Yield every mapping of the file with its path."""
        if not path:
            value = self.data
        if isinstance(value, dict):
            mapping = cast(dict[str, Any], value)
            yield path, mapping
            items: list[tuple[str | int, Any]] = [(key, item) for key, item in mapping.items()]
        else:
            items = list(enumerate(cast(tuple[Any, ...], value))) if isinstance(value, tuple) else []
        for part, item in items:
            yield from self.mappings(item, (*path, part))

    def indices(self, *path: str | int) -> range:
        """Return the positions of a list's items, none if it is not a list."""
        value = self.get(*path)
        return range(len(cast(tuple[object, ...], value))) if isinstance(value, tuple) else range(0)


Rule = Callable[[ValidValues], Iterator[Fault]]
"""Yields its faults."""
