"""What an estimate would be if something were bought or built otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sagemaker_constructs.cost.estimates import Estimate, Line, estimate_of
from sagemaker_constructs.cost.prices.price_list import Price, PriceList, Tier
from sagemaker_constructs.cost.quantities.counting import HOURS

_HOST = "AmazonSageMaker/Host:ml."
_COMPUTE = tuple(f"AmazonSageMaker/{each}:ml." for each in ("Host", "Notebk", "Train", "Processing", "Tsform"))


class WhatIf:
    """One change of lines, of prices, or of both; what it does not say stays as it is."""

    def lines(self, lines: Sequence[Line]) -> Sequence[Line]:
        """The lines with the change."""
        return lines

    def prices(self, prices: PriceList) -> PriceList:
        """The prices with the change."""
        return prices


@dataclass(frozen=True)
class OtherInstanceType(WhatIf):
    """Instances of ``other`` type in place of ``instance_type``, as many hours of them."""

    instance_type: str
    other: str

    def lines(self, lines: Sequence[Line]) -> Sequence[Line]:
        """The lines with the other type."""
        old, new = f":{self.instance_type}", f":{self.other}"
        return [
            _with_key(line, line.quantity.key.replace(old, new), self.instance_type, self.other)
            if line.quantity.key.endswith(old)
            else line
            for line in lines
        ]


@dataclass(frozen=True)
class SavingsPlan(WhatIf):
    """A discount of ``share`` (0 to 1) on instances of hosting, notebooks, training, processing and transform.

    AWS states the share for each type, term and payment in an offer of its own; Spot is left out of plans.

    See https://docs.aws.amazon.com/savingsplans/latest/userguide/what-is-savings-plans.html

    Raises ``ValueError`` for a share that is none.
    """

    share: Decimal

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"the share of a Savings Plan must be between 0 and 1, got: {self.share}")

    def prices(self, prices: PriceList) -> PriceList:
        """The prices with the discount."""
        return prices.with_prices(
            replace(price, tiers=tuple(Tier(tier.start, tier.usd * (1 - self.share)) for tier in price.tiers))
            for key, price in prices.prices.items()
            if key.startswith(_COMPUTE)
        )


@dataclass(frozen=True)
class TrainingOnSpot(WhatIf):
    """Training on Spot capacity."""

    def lines(self, lines: Sequence[Line]) -> Sequence[Line]:
        """The lines with the price of Spot."""
        train, spot = "AmazonSageMaker/Train:", "AmazonSageMaker/TrSpt:"
        return [
            _with_key(line, line.quantity.key.replace(train, spot), " training", " Spot training")
            if line.quantity.key.startswith(train)
            else line
            for line in lines
        ]


@dataclass(frozen=True)
class ScaleToZero(WhatIf):
    """Endpoints without an instance for ``idle`` of the time (0 to 1).

    Only asynchronous endpoints and inference components can; serverless endpoints are so by nature.

    Raises ``ValueError`` for a share that is none.
    """

    idle: Decimal

    def __post_init__(self) -> None:
        if not 0 <= self.idle <= 1:
            raise ValueError(f"the idle share must be between 0 and 1, got: {self.idle}")

    def lines(self, lines: Sequence[Line]) -> Sequence[Line]:
        """The lines with fewer hours."""
        return [
            replace(
                line,
                quantity=replace(line.quantity, least=Decimal(0), expected=line.quantity.expected * (1 - self.idle)),
            )
            if line.quantity.key.startswith(_HOST)
            else line
            for line in lines
        ]


@dataclass(frozen=True)
class OneEndpointForAll(WhatIf):
    """All models of one instance type behind the largest of their endpoints, as a multi-model endpoint is.

    Whether they fit into its memory is not judged.
    """

    def lines(self, lines: Sequence[Line]) -> Sequence[Line]:
        """The lines without those of the other endpoints."""
        by_key = defaultdict[str, list[Line]](list)
        for line in lines:
            by_key[line.quantity.key].append(line)
        kept: list[Line] = []
        for key, of_key in by_key.items():
            largest = max(of_key, key=lambda line: (line.quantity.expected, line.quantity.most or 0))
            kept += [largest] if key.startswith(_HOST) else of_key
        return kept


def what_if(estimate: Estimate, prices: PriceList, changes: Iterable[WhatIf]) -> Estimate:
    """``estimate`` with all ``changes``, one after the other."""
    lines: Sequence[Line] = [line for item in estimate.items for line in item.lines]
    for change in changes:
        lines, prices = change.lines(lines), change.prices(prices)
    return estimate_of(lines, prices, estimate.unknown_types)


@dataclass(frozen=True)
class BreakEven:
    """From how many requests a month an instance costs less than serverless."""

    instance_usd: Decimal
    usd_per_request: Decimal

    @property
    def requests(self) -> Decimal:
        """So many requests cost the same on both."""
        return self.instance_usd / self.usd_per_request


def break_even(
    prices: PriceList, *, instance_type: str, memory_gb: int, milliseconds: Decimal, instances: int = 1
) -> BreakEven:
    """Compares ``instances`` that run all the month with serverless requests of ``milliseconds`` each.

    Raises ``ValueError`` that names the prices that are not known, or a time that is none.
    """
    if milliseconds <= 0:
        raise ValueError(f"milliseconds must be greater than 0, got: {milliseconds}")
    keys = (f"AmazonSageMaker/Host:{instance_type}", f"AmazonSageMaker/ServerlessInf:Mem-{memory_gb}GB")
    known: list[Price] = [prices.prices[key] for key in keys if key in prices.prices]
    if len(known) < len(keys):
        unknown = ", ".join(key for key in keys if key not in prices.prices)
        raise ValueError(f"not known in {prices.region}: {unknown}")
    instance, serverless = known
    return BreakEven(instance.of(HOURS * instances), serverless.of(milliseconds / 1000))


def _with_key(line: Line, key: str, old: str, new: str) -> Line:
    return replace(line, quantity=replace(line.quantity, key=key, what=line.quantity.what.replace(old, new)))
