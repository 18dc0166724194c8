"""Writes into the README what an environment has by the month: ``python -m tools.cost.monthly_quantities``.

Counted from the templates is what costs money while nobody uses it; requests, jobs and storage depend on the use.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from sagemaker_constructs.cost.estimates import Bound, Estimate, Item, estimate
from sagemaker_constructs.cost.prices.price_list import PriceList
from sagemaker_constructs.cost.report.text import amount, unit_price

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = PROJECT / "tests" / "snapshot" / "templates"
README = PROJECT / "README.md"
ENVIRONMENTS = ("minimal", "dev", "staging", "prod")

_BEGIN, _END = "<!-- begin: monthly quantities -->", "<!-- end: monthly quantities -->"


def table() -> str:
    """The part of the README between its two marks."""
    prices = PriceList.of_region("us-east-1")
    estimates = [estimate(_templates(name), prices) for name in ENVIRONMENTS]
    there = {item.what: item for each in estimates for item in each.items if _may_be_there(item)}
    lines = [f"| by the month | {' | '.join(ENVIRONMENTS)} | USD each |", "|---" * (len(ENVIRONMENTS) + 2) + "|"]
    for what, item in sorted(there.items(), key=lambda each: (not each[0].startswith("instance-hours"), each[0])):
        cells = [next((_range(found) for found in each.items if found.key == item.key), "") for each in estimates]
        lines.append(f"| {what} | {' | '.join(cells)} | {unit_price(item)} |")
    sums = " | ".join(f"**{_sum(each)}**" for each in estimates)
    lines.append(f"| **USD, without what has no price here** | {sums} | |")
    return "\n".join(lines)


def _may_be_there(item: Item) -> bool:
    """Whether it is there whatever is asked, or may be by the scaling of an endpoint."""
    there = item.amount(Bound.EXPECTED) and item.amount(Bound.MOST) is not None
    return bool(there) or item.key.startswith("AmazonSageMaker/Host:ml.")


def _range(item: Item) -> str:
    least, most = item.amount(Bound.LEAST), item.amount(Bound.MOST)
    return amount(least) if least == most else f"{amount(least)} to {amount(most)}"


def _sum(found: Estimate) -> str:
    there = [item for item in found.items if _may_be_there(item)]
    sums = [sum((item.usd(bound) or Decimal(0) for item in there), Decimal(0)) for bound in (Bound.LEAST, Bound.MOST)]
    return " to ".join(dict.fromkeys(f"{each:,.0f}" for each in sums))


def _templates(environment: str) -> Mapping[str, Mapping[str, Any]]:
    paths = sorted(TEMPLATES.glob(f"{environment}-*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def with_table(text: str) -> str:
    """``text`` with the table as it is now."""
    pattern = re.compile(f"({re.escape(_BEGIN)}\n).*?({re.escape(_END)})", re.DOTALL)
    written, found = pattern.subn(lambda marks: f"{marks[1]}{table()}\n{marks[2]}", text)
    if found != 1:
        raise ValueError(f"the marks {_BEGIN} and {_END} must stand once in the text, got: {found}")
    return written


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
