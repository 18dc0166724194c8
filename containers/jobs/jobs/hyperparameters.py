"""Hyperparameters: from SageMaker's strings to typed values, with every mistake reported at once."""

import difflib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from jobs.errors import JobError

Typed = TypeVar("Typed")


@dataclass(frozen=True)
class Allowed:
    """The range of one number; `low_is_open` leaves the lower bound itself out."""

    low: float
    high: float
    low_is_open: bool = False

    def holds(self, value: float) -> bool:
        """Whether the value lies in the range."""
        return (self.low < value if self.low_is_open else self.low <= value) and value <= self.high

    def __str__(self) -> str:
        return f"{'above' if self.low_is_open else 'from'} {self.low:.10g} to {self.high:.10g}"


def within(default: float, low: float, high: float, *, low_is_open: bool = False) -> Any:
    """Declare a number with its default and range; the annotation decides between int and float."""
    return field(default=default, metadata={"allowed": Allowed(low, high, low_is_open)})


def parse_hyperparameters(
    kind: type[Typed],
    given: Mapping[str, object],
    further_mistakes: Callable[[Mapping[str, object]], Sequence[str]],
) -> Typed:
    """Turn the strings of hyperparameters.json into a `kind`, a dataclass of texts and of numbers `within` a range.

    Names that start with `sagemaker_` or `_` are SageMaker's own and are left alone. `further_mistakes` judges the
    values that were given as a whole. Raises JobError with every mistake in one line.
    """
    known: dict[str, Any] = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    mistakes: list[str] = []
    for name, raw in sorted(given.items()):
        if name.startswith(("sagemaker_", "_")):
            continue
        if name not in known:
            mistakes.append(f"unknown hyperparameter '{name}'{_suggestion(name, list(known))}")
            continue
        allowed: Allowed | None = known[name].metadata.get("allowed")
        text = _unquoted(raw)
        if allowed is None:
            values[name] = text
            continue
        number = _number(text, known[name].type is int)
        if number is None or not allowed.holds(number):
            sort = "a whole number" if known[name].type is int else "a number"
            mistakes.append(f"{name} must be {sort} {allowed}, got '{text[:40]}'")
        else:
            values[name] = number
    mistakes += further_mistakes(values)
    if mistakes:
        count = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''} in the hyperparameters: "
        raise JobError(count + "; ".join(mistakes))
    return kind(**values)


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else f" (known: {', '.join(known)})"


def _unquoted(raw: object) -> str:
    # SageMaker's SDK encodes hyperparameters as JSON, so a string arrives with quotes around it.
    text = str(raw).strip()
    if text.startswith('"'):
        try:
            return str(json.loads(text)).strip()
        except ValueError:
            return text
    return text


def _number(text: str, whole: bool) -> float | int | None:
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
