"""What AWS asks in one region, row by row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import cast

from sagemaker_constructs.core.spelling import nearest_to

_FOLDER = Path(__file__).parent / "regions"


@dataclass(frozen=True)
class Tier:
    """A price that holds from ``start`` on, in units of a month."""

    start: Decimal
    usd: Decimal


@dataclass(frozen=True)
class Price:
    """One row.

    ``key`` is the code of AWS's offer and the usage type without its region, such as
    ``AmazonSageMaker/Host:ml.m5.large``; an operation follows where prices differ by it. ``tiers`` begin at 0.
    ``date`` is that of the source; ``inferred`` says that the price follows from those of its neighbours.
    """

    key: str
    unit: str
    tiers: tuple[Tier, ...]
    date: str
    source: str
    sku: str = ""
    inferred: bool = False

    def of(self, quantity: Decimal) -> Decimal:
        """USD for ``quantity`` units in one month, tier by tier."""
        ends = [*(tier.start for tier in self.tiers[1:]), quantity]
        return sum(
            (
                max(Decimal(0), min(quantity, end) - tier.start) * tier.usd
                for tier, end in zip(self.tiers, ends, strict=True)
            ),
            Decimal(0),
        )

    @property
    def first(self) -> Decimal:
        """What the first units cost."""
        return next(tier.usd for tier in self.tiers)

    def row(self) -> dict[str, object]:
        """As the file has it."""
        tiers = {f"{tier.start:f}": f"{tier.usd:f}" for tier in self.tiers}
        return {
            "key": self.key,
            "unit": self.unit,
            "usd": next(iter(tiers.values())) if len(tiers) == 1 else tiers,
            "date": self.date,
            "source": self.source,
            **({"sku": self.sku} if self.sku else {}),
            **({"inferred": True} if self.inferred else {}),
        }


@dataclass(frozen=True)
class PriceList:
    """The prices of a region by their keys. What is not in it is not known, and costs anything but nothing."""

    region: str
    prices: Mapping[str, Price]

    @staticmethod
    def of_region(region: str) -> PriceList:
        """The list that comes with the library.

        Raises ``ValueError`` for a region that has none; ``python -m sagemaker_constructs.cost refresh`` makes one.
        """
        path = _FOLDER / f"{region}.json"
        if not path.exists():
            known = sorted(each.stem for each in _FOLDER.glob("*.json"))
            near = nearest_to(region, known, most=1)
            raise ValueError(
                f"there is no price list of {region!r}, only of {', '.join(known)}"
                + (f"; did you mean {near[0]}?" if near else ".")
                + f" Make one: python -m sagemaker_constructs.cost refresh --region {region} --prices FILE"
            )
        return PriceList.read(path)

    @staticmethod
    def read(path: Path) -> PriceList:
        """The list in a file.

        Raises ``ValueError`` that names all rows that are none.
        """
        document = json.loads(path.read_text(encoding="utf-8"))
        prices: dict[str, Price] = {}
        wrong: list[str] = []
        for row in document["prices"]:
            try:
                price = _price(row)
            except (ArithmeticError, KeyError, TypeError, ValueError) as error:
                wrong.append(f"{row.get('key', row)}: {error!r}")
                continue
            if price.key in prices:
                wrong.append(f"{price.key} stands there twice")
            prices[price.key] = price
        if wrong:
            raise ValueError(f"{path.name}: {'; '.join(wrong)}")
        return PriceList(document["region"], prices)

    def write(self, path: Path) -> None:
        """Write the list, sorted, one row a line."""
        rows = ",\n".join(f"    {json.dumps(self.prices[key].row())}" for key in sorted(self.prices))
        path.write_text(f'{{\n  "region": "{self.region}",\n  "prices": [\n{rows}\n  ]\n}}\n', encoding="utf-8")

    def with_prices(self, prices: Iterable[Price]) -> PriceList:
        """This list with ``prices`` in place of those of the same keys."""
        return PriceList(self.region, {**self.prices, **{each.key: each for each in prices}})


def _price(row: Mapping[str, object]) -> Price:
    usd = row["usd"]
    if not isinstance(usd, str | dict):
        raise TypeError("usd must be text, or text by the start of its tier")
    tiers = {"0": usd} if isinstance(usd, str) else cast(dict[str, str], usd)
    read = sorted((Decimal(start), Decimal(each)) for start, each in tiers.items())
    if not read or read[0][0] != 0 or any(each < 0 for _, each in read):
        raise ValueError("tiers must begin at 0, and no price may be negative")
    return Price(
        key=str(row["key"]),
        unit=str(row["unit"]),
        tiers=tuple(Tier(start, each) for start, each in read),
        date=str(row["date"]),
        source=str(row["source"]),
        sku=str(row.get("sku", "")),
        inferred=bool(row.get("inferred", False)),
    )
