"""The part of JSONPath that batch transform supports, for `InputFilter` and `OutputFilter`.

Written out instead of taken from a library, as libraries answer with a flat list of matches: a filter has to
give back an object for `['id','SageMakerOutput']` and an array for `[0,5:]`.

See https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html#data-processing-operators
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from emulator.containers.errors import DataPlaneError

_STEP = re.compile(
    r"\.?\[(?P<names>\s*'[^']*'(?:\s*,\s*'[^']*')*\s*)\]"
    r"|\.?\[(?P<indexes>[-\d:,\s]+)\]"
    r"|(?P<wildcard>\.\*|\.?\[\*\])"
    r"|\.(?P<name>[A-Za-z_][\w-]*)"
)
_INDEX = re.compile(r"\s*(?:(-?\d+)|(-?\d+)?:(-?\d+)?)\s*")

Step = Callable[[Any], Any]


class Filter:
    """A parsed filter; `apply` selects from one record.

    Raises DataPlaneError for an expression outside the documented operators.
    """

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._steps: list[Step] = []
        if not expression.startswith("$"):
            raise self._error("it has to begin with $")
        position = 1
        while position < len(expression):
            found = _STEP.match(expression, position)
            if found is None:
                raise self._error(f"'{expression[position:]}' is no operator that batch transform supports")
            self._steps.append(self._step(found))
            position = found.end()

    def apply(self, value: Any) -> Any:
        """The selected portion: an object for several names, an array for slices and several indexes."""
        for step in self._steps:
            value = step(value)
        return value

    def _step(self, found: re.Match[str]) -> Step:
        if found["names"] is not None:
            return partial(self._members, re.findall(r"'([^']*)'", found["names"]))
        if found["indexes"] is not None:
            return self._index_step(found["indexes"])
        return self._all if found["wildcard"] else partial(self._member, found["name"])

    def _index_step(self, text: str) -> Step:
        parts = [_INDEX.fullmatch(part) for part in text.split(",")]
        places: list[int | slice] = []
        for part in parts:
            if part is None:
                raise self._error(f"[{text}] is no list of indexes and slices")
            start, end = (int(bound) if bound else None for bound in (part[2], part[3]))
            places.append(int(part[1]) if part[1] else slice(start, end))
        return partial(self._elements, places)

    def _members(self, names: Sequence[str], value: Any) -> Any:
        if len(names) == 1:
            return self._member(names[0], value)
        return {name: self._member(name, value) for name in names}

    def _member(self, name: str, value: Any) -> Any:
        if not isinstance(value, Mapping) or name not in value:
            raise self._error(f"the record has no '{name}'")
        return cast(Mapping[str, Any], value)[name]

    def _elements(self, places: Sequence[int | slice], value: Any) -> Any:
        if not isinstance(value, list):
            raise self._error("the record is no array")
        elements = cast(list[Any], value)
        chosen: list[Any] = []
        for place in places:
            if isinstance(place, slice):
                chosen += elements[place]
            elif -len(elements) <= place < len(elements):
                chosen.append(elements[place])
            else:
                raise self._error(f"index {place} is not within the {len(elements)} elements")
        return chosen[0] if len(places) == 1 and isinstance(places[0], int) else chosen

    def _all(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return list(cast(Mapping[str, Any], value).values())
        if isinstance(value, list):
            return cast(list[Any], value)
        raise self._error("* asks for an object or an array")

    def _error(self, reason: str) -> DataPlaneError:
        return DataPlaneError(f"the filter {self._expression} does not fit: {reason}")
