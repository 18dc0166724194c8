"""What Python writes into a pipeline's definition."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

Plain = str | int | float | bool
"""Values that stand for themselves."""


class DefinitionPart(ABC):
    """An object that stands within a definition as JSON."""

    @abstractmethod
    def document(self) -> Mapping[str, object]:
        """The part, as the definition writes it."""


def written(value: object) -> object:
    """``value`` with each part inside it as the definition writes it."""
    if isinstance(value, DefinitionPart):
        return value.document()
    if isinstance(value, Mapping):
        return {name: written(item) for name, item in cast(Mapping[str, object], value).items()}
    if isinstance(value, list | tuple):
        return [written(item) for item in cast("Sequence[object]", value)]
    return value


def parts_within(value: object) -> Iterator[DefinitionPart]:
    """Each part inside ``value``."""
    if isinstance(value, DefinitionPart):
        yield value
    elif isinstance(value, Mapping):
        for item in cast(Mapping[str, object], value).values():
            yield from parts_within(item)
    elif isinstance(value, list | tuple):
        for item in cast("Sequence[object]", value):
            yield from parts_within(item)
