"""Reads prices from the files of AWS's Price List Bulk API, which needs no credentials."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import IO
from urllib.request import Request, urlopen

from sagemaker_constructs.cost.prices.price_list import Price, Tier

HOST = "https://pricing.us-east-1.amazonaws.com"
_HEADER_ROWS = 5
_SECONDS = 60

Open = Callable[[str], AbstractContextManager[Iterable[str]]]
"""Opens an address, and gives its lines."""


@dataclass(frozen=True)
class Refreshed:
    """What was read, and for each key without a price the reason."""

    prices: tuple[Price, ...]
    missing: Mapping[str, str]


@contextmanager
def lines_of(address: str) -> Generator[Iterable[str]]:
    """The lines behind an address, as they arrive: the file of EC2 has hundreds of megabytes."""
    with urlopen(Request(address, headers={"Accept": "*/*"}), timeout=_SECONDS) as answer:
        stream: IO[bytes] = answer
        yield io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")


def refresh(region: str, keys: Iterable[str], opened: Open = lines_of) -> Refreshed:
    """The prices of ``keys`` in ``region``, one file of AWS's for each offer that they name.

    See https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
    """
    by_offer = defaultdict[str, set[str]](set)
    for key in keys:
        by_offer[key.partition("/")[0]].add(key)
    prices: list[Price] = []
    missing: dict[str, str] = {}
    for offer, wanted in sorted(by_offer.items()):
        try:
            found = _offer(region, offer, wanted, opened)
        except OSError as error:
            missing |= dict.fromkeys(wanted, f"the price list of {offer} cannot be read: {error}")
            continue
        prices += found.prices
        missing |= found.missing
    return Refreshed(tuple(prices), dict(sorted(missing.items())))


def _offer(region: str, offer: str, wanted: set[str], opened: Open) -> Refreshed:
    with opened(f"{HOST}/offers/v1.0/aws/{offer}/current/region_index.json") as lines:
        regions = json.loads("".join(lines))["regions"]
    if region not in regions:
        return Refreshed((), dict.fromkeys(wanted, f"AWS lists no prices of {offer} in {region}"))
    path = str(regions[region]["currentVersionUrl"]).removesuffix(".json") + ".csv"
    with opened(f"{HOST}{path}") as lines:
        reader = csv.reader(lines)
        about = {row[0]: row[1] for row in islice(reader, _HEADER_ROWS) if len(row) > 1}
        header = next(reader)
        return _prices((dict(zip(header, row, strict=False)) for row in reader), region, offer, wanted, about)


def _prices(
    rows: Iterable[Mapping[str, str]], region: str, offer: str, wanted: set[str], about: Mapping[str, str]
) -> Refreshed:
    read = defaultdict[str, dict[str, dict[Decimal, Mapping[str, str]]]](lambda: defaultdict(dict))
    for row in rows:
        if row["TermType"] != "OnDemand" or row["Currency"] != "USD":
            continue
        for key in _keys(offer, region, row) & wanted:
            read[key][row["SKU"]][Decimal(row["StartingRange"] or 0)] = row
    date = about["Publication Date"][:10]
    prices: list[Price] = []
    missing: dict[str, str] = {}
    for key in wanted:
        offered = [_price(key, sku, tiers, date) for sku, tiers in sorted(read[key].items())]
        if not offered:
            missing[key] = f"AWS's list of {offer} in {region} does not have it"
        elif len({(each.unit, each.tiers) for each in offered}) > 1:
            operations = sorted({row["operation"] for tiers in read[key].values() for row in tiers.values()})
            missing[key] = f"several prices, one for each operation: name one of {', '.join(operations)}"
        else:
            prices.append(offered[0])
    return Refreshed(tuple(prices), missing)


def _keys(offer: str, region: str, row: Mapping[str, str]) -> set[str]:
    """The keys by which a row may be wanted: older usage types do without a region, others have its code or name."""
    usage = row["usageType"]
    names = {usage, usage.partition("-")[2], usage.removeprefix(f"{region}-")} - {""}
    return {key for name in names for key in (f"{offer}/{name}", f"{offer}/{name}/{row['operation']}")}


def _price(key: str, sku: str, tiers: Mapping[Decimal, Mapping[str, str]], date: str) -> Price:
    starts = sorted(tiers)
    return Price(
        key=key,
        unit=tiers[starts[0]]["Unit"],
        tiers=tuple(Tier(start, Decimal(tiers[start]["PricePerUnit"])) for start in starts),
        date=date,
        source="AWS Price List Bulk API",
        sku=sku,
    )
