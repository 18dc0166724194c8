"""Refusal of bad input at synth: every problem of a construct at once, each with the argument that it is about."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from constructs import Construct

from sagemaker_constructs.core.durations import milliseconds_of
from sagemaker_constructs.core.places import path_of
from sagemaker_constructs.core.spelling import nearest_to
from sagemaker_constructs.core.tokens import is_token


@dataclass(frozen=True)
class Problem:
    """One mistake: the argument that it is about, such as ``variants[1].name``, and what is wrong with it.

    ``path`` is relative to whoever yields the problem, and empty for a mistake of the whole.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}" if self.path else self.message


class InvalidInput(ValueError):  # noqa: N818 - it reads as what it is where a user meets it
    """What a user passed cannot be deployed: ``place`` is the path of the construct that has the ``problems``."""

    def __init__(self, place: str, problems: Iterable[Problem]) -> None:
        self.place = place
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.lines: tuple[str, ...] = tuple(f"{place}: {problem}" for problem in self.problems)
        super().__init__("\n".join(self.lines))


def reject(scope: Construct, problems: Iterable[Problem | None]) -> None:
    """Raise one ``InvalidInput`` for all ``problems`` that are not None."""
    found = [problem for problem in problems if problem]
    if found:
        raise InvalidInput(path_of(scope), found)


def within(path: str, problems: Iterable[Problem | None]) -> Iterator[Problem]:
    """The ``problems`` of an argument, as those of whoever was given it at ``path``."""
    for problem in problems:
        if problem:
            dot = "." if path and problem.path and not problem.path.startswith("[") else ""
            yield Problem(f"{path}{dot}{problem.path}", problem.message)


def one_of(path: str, value: str, allowed: Iterable[str]) -> Problem | None:
    """Rule: ``value`` is a member of ``allowed``; the message offers the nearest members."""
    choices = list(allowed)
    if is_token(value) or value in choices:
        return None
    near = nearest_to(value, choices)
    hint = f"did you mean {' or '.join(near)}?" if near else f"allowed: {', '.join(choices[:12])}"
    return Problem(path, f"must be a known value, got: {value!r}; {hint}")


def in_range(path: str, value: float, minimum: float, maximum: float, *, unit: str = "") -> Problem | None:
    """Rule: ``minimum`` ≤ ``value`` ≤ ``maximum``; the message names a ``unit`` that ``value`` was converted to."""
    if is_token(value) or minimum <= value <= maximum:
        return None
    return Problem(path, f"{_in(unit)}must be between {minimum} and {maximum}, got: {value}")


def matches(path: str, value: str, pattern: str, words: str) -> Problem | None:
    """Rule: the whole of ``value`` matches ``pattern``; ``words`` say the pattern to a person."""
    if is_token(value) or re.fullmatch(pattern, value):
        return None
    return Problem(path, f"must be {words}, got: {value!r}")


def unique(values: Mapping[str, object]) -> Iterator[Problem]:
    """Rule: no value appears twice; keys are the paths of the values."""
    seen: list[object] = []
    for path, value in values.items():
        if is_token(value):
            continue
        if value in seen:
            yield Problem(path, f"must be unique, got twice: {value}")
        seen.append(value)


def positive(path: str, value: float, *, unit: str = "") -> Problem | None:
    """Rule: ``value`` > 0; the message names a ``unit`` that ``value`` was converted to."""
    if is_token(value) or value > 0:
        return None
    return Problem(path, f"{_in(unit)}must be greater than 0, got: {value}")


def no_more_than(path: str, values: Sequence[object], maximum: int) -> Problem | None:
    """Rule: at most ``maximum`` entries."""
    if len(values) <= maximum:
        return None
    return Problem(path, f"may hold at most {maximum} entries, got: {len(values)}")


def seconds_between(path: str, value: Duration, minimum: int, maximum: int) -> Problem | None:
    """Rule: ``value`` is a whole number of seconds between ``minimum`` and ``maximum``."""
    known = milliseconds_of(value)
    if known is None:
        return None
    seconds, rest = divmod(known, 1000)
    if rest:
        return Problem(path, f"must be whole seconds, got: {known:g} milliseconds")
    return in_range(path, round(seconds), minimum, maximum, unit="seconds")


def _in(unit: str) -> str:
    return f"in {unit} " if unit else ""
