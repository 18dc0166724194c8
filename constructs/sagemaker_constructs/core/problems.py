"""Refusal of bad input at synth: every problem of a construct at once, each line naming its place."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence

from aws_cdk import Duration, Token
from constructs import Construct


class InvalidInput(ValueError):  # noqa: N818 - it reads as what it is where a user meets it
    """What a user passed cannot be deployed.

    ``problems`` holds one line per mistake: construct path, value and what is allowed.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def reject(scope: Construct, problems: Iterable[str | None]) -> None:
    """Raise one ``InvalidInput`` for all ``problems`` that are not None, each led by the construct path."""
    found = [f"{scope.node.path}: {problem}" for problem in problems if problem]
    if found:
        raise InvalidInput(found)


def is_token(value: object) -> bool:
    """Whether ``value`` is only known at deployment, so that no rule can judge it at synth."""
    return bool(Token.is_unresolved(value))


def one_of(name: str, value: str, allowed: Iterable[str]) -> str | None:
    """Rule: ``value`` is a member of ``allowed``; the message offers the nearest members."""
    choices = list(allowed)
    if is_token(value) or value in choices:
        return None
    near = difflib.get_close_matches(value, choices, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"allowed: {', '.join(choices[:12])}"
    return f"{name} must be a known value, got: {value!r}; {hint}"


def in_range(name: str, value: float, minimum: float, maximum: float) -> str | None:
    """Rule: ``minimum`` ≤ ``value`` ≤ ``maximum``."""
    if is_token(value) or minimum <= value <= maximum:
        return None
    return f"{name} must be between {minimum} and {maximum}, got: {value}"


def matches(name: str, value: str, pattern: str, words: str) -> str | None:
    """Rule: the whole of ``value`` matches ``pattern``; ``words`` say the pattern to a person."""
    if is_token(value) or re.fullmatch(pattern, value):
        return None
    return f"{name} must be {words}, got: {value!r}"


def unique(name: str, values: Sequence[str]) -> str | None:
    """Rule: no value appears twice."""
    twice = sorted({value for value in values if values.count(value) > 1})
    return f"{name} must be unique, got twice: {', '.join(twice)}" if twice else None


def positive(name: str, value: float) -> str | None:
    """Rule: ``value`` > 0."""
    return None if is_token(value) or value > 0 else f"{name} must be greater than 0, got: {value}"


def no_more_than(name: str, values: Sequence[object], maximum: int) -> str | None:
    """Rule: at most ``maximum`` entries."""
    return None if len(values) <= maximum else f"{name} may hold at most {maximum} entries, got: {len(values)}"


def each(values: Iterable[str], rule: Callable[[str], str | None]) -> list[str | None]:
    """``rule`` applied to every value."""
    return [rule(value) for value in values]


def seconds_between(name: str, value: Duration, minimum: int, maximum: int) -> str | None:
    """Rule: ``value`` is a whole number of seconds between ``minimum`` and ``maximum``."""
    if value.is_unresolved():
        return None
    seconds, rest = divmod(value.to_milliseconds(), 1000)
    if rest:
        return f"{name} must be whole seconds, got: {value.to_milliseconds():g} milliseconds"
    return in_range(f"{name} in seconds", round(seconds), minimum, maximum)
