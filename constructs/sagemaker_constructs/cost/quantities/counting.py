"""What is counted, and the one table of who counts which type."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, cast

HOURS = Decimal(730)
"""The hours of a month, as AWS's calculator counts them."""

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Quantity:
    """So much of what has one price, in a month.

    ``least`` is there if nobody uses it, ``most`` what the template's own bounds allow, None where use has no bound,
    ``expected`` what its schedules and the stated use make of it. ``key`` is that of the price.
    """

    key: str
    what: str
    least: Decimal
    expected: Decimal
    most: Decimal | None

    @staticmethod
    def fixed(key: str, what: str, amount: Decimal | int) -> Quantity:
        """What is there whether it is used or not."""
        return Quantity(key, what, Decimal(amount), Decimal(amount), Decimal(amount))

    @staticmethod
    def by_use(key: str, what: str, expected: Decimal | int, most: Decimal | None = None) -> Quantity:
        """What costs nothing while nobody uses it."""
        return Quantity(key, what, Decimal(0), Decimal(expected), most)


@dataclass
class Counted:
    """One resource within its template.

    Args:
        logical_id: In the template.
        resource: As in the template.
        resources: All of the template, by logical id.
        use: What is stated of the resource's use in a month, by name.
    """

    logical_id: str
    resource: Mapping[str, Any]
    resources: Mapping[str, Mapping[str, Any]]
    use: Mapping[str, Decimal]
    asked: set[str] = field(default_factory=set[str])

    @property
    def properties(self) -> Properties:
        """Of the resource."""
        return self.resource.get("Properties", {})

    def used(self, name: str, otherwise: Decimal | int = 0) -> Decimal:
        """What is stated of the resource's use by ``name``, or ``otherwise``."""
        self.asked.add(name)
        return self.use.get(name, Decimal(otherwise))

    def of_type(self, kind: str) -> Iterator[tuple[str, Properties]]:
        """Logical id and properties of the template's resources of a type."""
        for name, resource in self.resources.items():
            if resource["Type"] == kind:
                yield name, resource.get("Properties", {})


Counter = Callable[[Counted], Iterator[Quantity]]

_COUNTERS: dict[str, Counter] = {}
_FREE: dict[str, str] = {}


def counts(*types: str) -> Callable[[Counter], Counter]:
    """Registers a function as what counts resources of ``types``."""

    def register(counter: Counter) -> Counter:
        for each in types:
            if each in _COUNTERS:
                raise ValueError(f"{each} is counted twice")
            _COUNTERS[each] = counter
        return counter

    return register


def always(key: str, what: str, *types: str, amount: Decimal | int = 1) -> None:
    """Registers ``types`` as those of which each resource has ``amount`` of one price, used or not."""

    def counter(_: Counted) -> Iterator[Quantity]:
        yield Quantity.fixed(key, what, amount)

    counts(*types)(counter)


def free(reason: str, *types: str) -> None:
    """Registers ``types`` as those that AWS asks nothing for, with the reason."""
    _FREE.update(dict.fromkeys(types, reason))


def plain_text(value: Any) -> str:
    """``value`` of a template as text, with a hyphen for each part that is known at deployment."""
    if not isinstance(value, dict):
        return str(value)
    intrinsic = cast(Mapping[str, Any], value)
    if "Fn::Sub" in intrinsic:
        written = intrinsic["Fn::Sub"]
        return str(written if isinstance(written, str) else written[0])
    separator, parts = intrinsic.get("Fn::Join", ("", ["-"]))
    return str(separator).join(map(plain_text, parts))


@cache
def counters() -> Mapping[str, Counter]:
    """Who counts which type of resource."""
    package = __name__.rpartition(".")[0]
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{module.name}")
    return _COUNTERS


def free_types() -> Mapping[str, str]:
    """The types that AWS asks nothing for, with the reasons."""
    counters()
    return _FREE
