"""The metric definitions of a job, looked for in lines of its log."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NO_NUMBER = r"([-+]?(?:nan|inf(?:inity)?))(?![a-z0-9])"
_LONGEST_LINE = 2_000


@dataclass(frozen=True)
class MetricPattern:
    """The regular expression of a metric, and one that finds what is no number in the number's place.

    SageMaker's own metrics lose a NaN: ``loss=([0-9.]+)`` does not find it.
    """

    number: re.Pattern[str]
    no_number: re.Pattern[str] | None

    def value(self, line: str) -> float | None:
        """The metric's value in a line; None where there is none."""
        for pattern in (self.no_number, self.number):
            found = pattern.search(line[:_LONGEST_LINE]) if pattern else None
            if found and found.re.groups:
                try:
                    return float(found[1])
                except (TypeError, ValueError):
                    continue
        return None


def metric_patterns(definitions: Sequence[Mapping[str, Any]]) -> Mapping[str, MetricPattern]:
    """The patterns by metric; a definition that Python cannot read is left out, as its metric is by SageMaker."""
    found: dict[str, MetricPattern] = {}
    for definition in definitions:
        text = str(definition["Regex"])
        try:
            number = re.compile(text)
        except re.error:
            continue
        found[str(definition["Name"])] = MetricPattern(number, _without_number(text))
    return found


def _without_number(text: str) -> re.Pattern[str] | None:
    """The expression with something else than a number in its first group."""
    span = _first_group(text)
    if span is None:
        return None
    try:
        return re.compile(f"{text[: span[0]]}{_NO_NUMBER}{text[span[1] :]}", re.IGNORECASE)
    except re.error:
        return None


def _first_group(text: str) -> tuple[int, int] | None:
    """Where the first group that is captured begins and ends."""
    begin: int | None = None
    depth, outside, in_class, position = 0, 0, False, 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "(":
            depth += 1
            if begin is None and not text.startswith("(?", position):
                begin, outside = position, depth - 1
        elif character == ")":
            depth -= 1
            if begin is not None and depth == outside:
                return begin, position + 1
        position += 1
    return None
