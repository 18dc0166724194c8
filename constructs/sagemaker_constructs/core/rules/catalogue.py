"""What an entry of the catalogue is, and how a request is judged by all of them."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal, cast

Request = Mapping[str, Any]
"""Members of an API request, under the names of the API. At synth, values may be tokens."""

Find = Callable[[str, str], Request | None]
"""Finds what another resource was made from, by its kind and name; None where that is not known."""

Place = Literal["synth", "emulator"]
"""Where a rule is enforced: by the constructs, or by the embedded AWS."""

Confidence = Literal["documented", "reported", "inferred"]
"""AWS states it, users report it in public, or it follows from what AWS states."""

Broken = tuple[str, object]
"""A path within the request, such as ``ProductionVariants[0].InstanceType``, and what was received there."""

GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg"
API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference"


@dataclass(frozen=True)
class Call:
    """A request that is judged, and what it refers to."""

    request: Request
    find: Find


Check = Callable[[Call], Iterable[Broken]]


@dataclass(frozen=True)
class Rule:
    """An entry: what AWS requires of ``operation``, which page says so and when it was read there.

    ``also`` are further operations that refuse the same.
    ``words`` are AWS's own, where somebody has reported them in public, letter by letter; otherwise the embedded AWS
    answers with the statement. ``{got}`` in them is what was received; of several values, ``{got[0]}`` is the first.
    """

    id: str
    operation: str
    also: tuple[str, ...]
    statement: str
    source: str
    read: date
    confidence: Confidence
    enforced: tuple[Place, ...]
    words: str
    check: Check


@dataclass(frozen=True)
class Breach:
    """A rule that a request breaks, where in the request, and what was received there."""

    rule: Rule
    path: str
    got: object

    @property
    def at_synth(self) -> str:
        """The message of a refusal at synth, after the argument's path."""
        return f"is refused by AWS: {self.rule.statement.rstrip('.')}, got: {self.received}"

    @property
    def at_run_time(self) -> str:
        """The message of the API."""
        return self.rule.words.format(got=self.got) or f"{self.rule.statement.rstrip('.')}, got: {self.received}."

    @property
    def received(self) -> str:
        """What was received, as a message says it."""
        several = isinstance(self.got, tuple)
        return " and ".join(map(str, cast("tuple[object, ...]", self.got))) if several else str(self.got)


_RULES: dict[str, Rule] = {}


def rule(
    operation: str,
    source: str,
    *,
    read: str,
    also: tuple[str, ...] = (),
    confidence: Confidence = "documented",
    enforced: tuple[Place, ...] = ("synth", "emulator"),
    words: str = "",
) -> Callable[[Check], Check]:
    """Make a function an entry: its name is the identifier, its docstring the statement."""

    def add(check: Check) -> Check:
        name = check.__name__.replace("_", "-")
        if name in _RULES:
            raise ValueError(f"the rule {name} stands in the catalogue already")
        _RULES[name] = Rule(
            id=name,
            operation=operation,
            also=also,
            statement=" ".join((check.__doc__ or "").split()),
            source=source,
            read=date.fromisoformat(read),
            confidence=confidence,
            enforced=enforced,
            words=words,
            check=check,
        )
        return check

    return add


@cache
def rules() -> Mapping[str, Rule]:
    """Every entry by its identifier, of all modules of this package."""
    package = __name__.rpartition(".")[0]
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if not module.name.endswith(".at_synth"):
            importlib.import_module(module.name)
    return dict(sorted(_RULES.items()))


@cache
def _rules_of(operation: str, place: Place) -> tuple[Rule, ...]:
    return tuple(
        each for each in rules().values() if operation in (each.operation, *each.also) and place in each.enforced
    )


def breaches(operation: str, request: Request, find: Find, place: Place) -> Iterator[Breach]:
    """What ``operation`` refuses of ``request`` by the rules that are enforced at ``place``."""
    call = Call(request, find)
    for each in _rules_of(operation, place):
        yield from (Breach(each, path, got) for path, got in each.check(call))


def indexed(path: str, members: Iterable[Request]) -> Iterator[tuple[str, Request]]:
    """Each of ``members``, with its path."""
    return ((f"{path}[{index}]", member) for index, member in enumerate(members))
