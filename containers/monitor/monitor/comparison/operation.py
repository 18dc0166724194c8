"""What the job was told of the two variants: their models, since when, how fast they answer, how often they fail."""

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.settings import SettingsError

_PERCENTILES = ("p50", "p99")
_LEAST_INVOCATIONS = 100


@dataclass(frozen=True)
class Hour:
    """What CloudWatch has counted of a variant in an hour.

    Args:
        start: When it began.
        invocations: How many requests it got.
        errors: How many of them the model failed.
        p50: Milliseconds within which half of them were answered.
        p99: Milliseconds within which 99 of 100 were.
    """

    start: str
    invocations: float = 0.0
    errors: float = 0.0
    p50: float | None = None
    p99: float | None = None


@dataclass(frozen=True)
class Served:
    """A variant.

    Args:
        model: What it serves, by the name of the model.
        package: The model package that the model was made of; empty for none.
        hours: What was counted of it.
    """

    model: str = ""
    package: str = ""
    hours: Sequence[Hour] = ()

    @property
    def invocations(self) -> float:
        """How many requests it got."""
        return sum(each.invocations for each in self.hours)

    @property
    def errors(self) -> float:
        """How many of them failed."""
        return sum(each.errors for each in self.hours)

    @property
    def error_rate(self) -> float | None:
        """Which share of them failed; None below 100 requests."""
        return self.errors / self.invocations if self.invocations >= _LEAST_INVOCATIONS else None


@dataclass(frozen=True)
class Operation:
    """The two variants.

    Args:
        champion: The one.
        challenger: The other.
        since: From when on the two are compared; empty for always.
    """

    champion: Served = field(default_factory=Served)
    challenger: Served = field(default_factory=Served)
    since: str = ""

    @property
    def pair(self) -> str:
        """Which two models are compared, since when: what was found of another pair is nothing of this one."""
        return " ".join((self.champion.model, self.challenger.model, self.since))

    def slower(self, percentile: str = "p99") -> float | None:
        """By which proportion the challenger takes longer, over hours in which both answered; None for none.

        The middle one of the hours, so that one with a fresh instance says nothing of the others.
        """
        known = {each.start: getattr(each, percentile) for each in self.champion.hours}
        ratios = [
            math.log(getattr(each, percentile) / known[each.start])
            for each in self.challenger.hours
            if getattr(each, percentile) and known.get(each.start)
        ]
        return math.expm1(statistics.median(ratios)) if ratios else None

    def document(self) -> dict[str, Any]:
        """It as JSON, with hours of both as lists, as the history keeps it."""
        return {"champion": _listed(self.champion), "challenger": _listed(self.challenger)}

    def with_hours_of(self, kept: Sequence[Mapping[str, Any]]) -> "Operation":
        """With what was counted in windows before, as the history keeps it."""

        def of(name: str, served: Served) -> Served:
            hours = {each[0]: Hour(*each) for line in kept for each in line.get(name, ())}
            hours |= {each.start: each for each in served.hours}
            return Served(served.model, served.package, [hours[start] for start in sorted(hours)])

        return Operation(of("champion", self.champion), of("challenger", self.challenger), self.since)


def read_operation(path: Path) -> Operation:
    """What `operation.json` says; nothing where there is none. Raises SettingsError."""
    if not path.exists():
        return Operation()
    try:
        given: Any = json.loads(path.read_text())
        champion, challenger = (
            Served(
                str(given[name].get("model", "")),
                str(given[name].get("package", "")),
                [Hour(*each) for each in given[name].get("hours", ())],
            )
            for name in ("champion", "challenger")
        )
        return Operation(champion, challenger, str(given.get("since", "")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{path.name} says nothing of a champion and a challenger: {error!r}") from error


def _listed(served: Served) -> list[list[Any]]:
    return [[each.start, each.invocations, each.errors, each.p50, each.p99] for each in served.hours]
