"""What templates cost in a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sagemaker_constructs.core.spelling import nearest_to
from sagemaker_constructs.core.templates.assembly import stacks_of
from sagemaker_constructs.cost.prices.price_list import Price, PriceList
from sagemaker_constructs.cost.quantities.counting import Counted, Quantity, counters, free_types

Use = Mapping[str, Mapping[str, float]]
"""What is made of resources in a month, by patterns of their construct paths and by name."""

_CENT = Decimal("0.01")


class Bound(StrEnum):
    """Which of its sums an estimate is asked for."""

    LEAST = "least"
    EXPECTED = "expected"
    MOST = "most"

    def of(self, quantity: Quantity) -> Decimal | None:
        """This member of ``quantity``; None for what has no bound."""
        amount: Decimal | None = getattr(quantity, self.value)
        return amount


@dataclass(frozen=True)
class Line:
    """What one resource has of one price.

    ``path`` is that of its construct, ``stack`` the name of its template.
    """

    stack: str
    path: str
    type: str
    quantity: Quantity


@dataclass(frozen=True)
class Item:
    """What all resources have of one price together. ``price`` is None where it is not known."""

    key: str
    what: str
    lines: Sequence[Line]
    price: Price | None

    def amount(self, bound: Bound) -> Decimal | None:
        """How much of it; None where use has no bound."""
        amounts = [bound.of(line.quantity) for line in self.lines]
        known = [each for each in amounts if each is not None]
        return sum(known, Decimal(0)) if len(known) == len(amounts) else None

    def usd(self, bound: Bound) -> Decimal | None:
        """What it costs, to the last digit; None where price or amount is not known."""
        amount = self.amount(bound)
        if amount == 0:
            return Decimal(0)
        return None if amount is None or self.price is None else self.price.of(amount)


@dataclass(frozen=True)
class Estimate:
    """What templates cost in a month of 730 hours, before taxes, free tiers and discounts.

    ``unknown_types`` counts the resources of types that no estimate counts.
    """

    region: str
    items: Sequence[Item]
    unknown_types: Mapping[str, int] = field(default_factory=dict[str, int])

    def usd(self, bound: Bound) -> Decimal:
        """The sum of what is known, in cents. At most is with the expected use where use has no bound."""
        known = (item.usd(bound if item.amount(bound) is not None else Bound.EXPECTED) for item in self.items)
        return sum((each for each in known if each is not None), Decimal(0)).quantize(_CENT, ROUND_HALF_UP)

    def unpriced(self, bound: Bound) -> Sequence[Item]:
        """The items that are there and whose price is not known, so that no sum has them."""
        return [item for item in self.items if item.price is None and item.amount(bound) != 0]

    def by_stack(self, bound: Bound) -> Mapping[str, Decimal]:
        """What is known, shared among the stacks by what they have of each price; not rounded."""
        shares = defaultdict[str, Decimal](Decimal)
        for item in self.items:
            counted = bound if item.amount(bound) is not None else Bound.EXPECTED
            usd, whole = item.usd(counted), item.amount(counted)
            for line in item.lines:
                shares[line.stack] += (counted.of(line.quantity) or 0) * usd / whole if usd and whole else Decimal(0)
        return dict(shares)


def estimate(templates: Mapping[str, Mapping[str, Any]], prices: PriceList, use: Use | None = None) -> Estimate:
    """What ``templates`` cost, by the names of their stacks.

    ``use`` states what is asked of resources, by patterns of their construct paths:
    ``{"dev/serverless/*": {"requests": 1_000_000, "milliseconds": 80}}``. What is stated of nothing is not used.

    Raises ``ValueError`` that names all patterns that match no resource and all names that no resource asks for.
    """
    lines: list[Line] = []
    unknown = defaultdict[str, int](int)
    judged = _Judged(use or {})
    for stack, template in templates.items():
        resources: Mapping[str, Mapping[str, Any]] = template.get("Resources", {})
        for name, resource in resources.items():
            kind, path = str(resource["Type"]), _path(stack, name, resource)
            counter = counters().get(kind)
            if counter:
                counted = Counted(name, resource, resources, judged.of(path))
                lines += [Line(stack, path, kind, each) for each in counter(counted)]
                judged.asked(path, counted.asked)
            elif kind not in free_types() and not kind.startswith("Custom::"):
                unknown[kind] += 1
    judged.refuse()
    return estimate_of(lines, prices, unknown)


def estimate_of(lines: Iterable[Line], prices: PriceList, unknown_types: Mapping[str, int]) -> Estimate:
    """What ``lines`` cost together: tiers of a price are those of all."""
    by_key = defaultdict[str, list[Line]](list)
    for line in lines:
        by_key[line.quantity.key].append(line)
    items = [
        Item(key, of_key[0].quantity.what, tuple(of_key), prices.prices.get(key)) for key, of_key in by_key.items()
    ]
    return Estimate(prices.region, tuple(sorted(items, key=lambda item: item.key)), dict(unknown_types))


def templates_of(assembly: Path) -> Mapping[str, Mapping[str, Any]]:
    """The templates of a synthesized app (``cdk.out``), by the names of their stacks, nested ones included.

    Raises ``FileNotFoundError`` for a folder that is none.
    """
    return {stack.name: stack.template for stack in stacks_of(assembly)}


class _Judged:
    """What is stated of use, and what of it nobody has asked for."""

    def __init__(self, use: Use) -> None:
        self._use = use
        self._matched: dict[str, set[str]] = {pattern: set() for pattern in use}
        self._found: set[str] = set()
        self._paths: list[str] = []

    def of(self, path: str) -> Mapping[str, Decimal]:
        self._paths.append(path)
        patterns = [pattern for pattern in self._use if fnmatchcase(path, pattern)]
        self._found |= set(patterns)
        return {name: Decimal(str(value)) for each in patterns for name, value in self._use[each].items()}

    def asked(self, path: str, names: set[str]) -> None:
        for pattern in self._use:
            if fnmatchcase(path, pattern):
                self._matched[pattern] |= names

    def refuse(self) -> None:
        wrong: list[str] = []
        for pattern, stated in self._use.items():
            if pattern not in self._found:
                wrong.append(f"{pattern!r} matches no resource that is paid for{_meant(pattern, self._paths)}")
                continue
            for name, value in stated.items():
                if name not in self._matched[pattern]:
                    allowed = ", ".join(sorted(self._matched[pattern])) or "nothing"
                    wrong.append(f"{pattern!r}: {name!r} is not asked for; allowed: {allowed}")
                elif value < 0:
                    wrong.append(f"{pattern!r}: {name} must be at least 0, got: {value}")
        if wrong:
            raise ValueError("use: " + "; ".join(wrong))


def _meant(pattern: str, paths: Iterable[str]) -> str:
    near = nearest_to(pattern, paths, most=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _path(stack: str, logical_id: str, resource: Mapping[str, Any]) -> str:
    written = resource.get("Metadata", {}).get("aws:cdk:path")
    return str(written).removesuffix("/Resource") if written else f"{stack}/{logical_id}"
