"""An estimate as a table for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sagemaker_constructs.cost.estimates import Bound, Estimate, Item

UNKNOWN = "unknown: refresh"
UNBOUNDED = "by use"
_CENT = Decimal("0.01")
_WHOLE = 100
"""From here on, quantities are shown without fractions."""


def money(usd: Decimal | None, *, otherwise: str = UNKNOWN) -> str:
    """``usd`` to the cent."""
    return otherwise if usd is None else f"{usd.quantize(_CENT, ROUND_HALF_UP):,}"


def amount(value: Decimal | None) -> str:
    """A quantity as people read it."""
    if value is None:
        return UNBOUNDED
    digits = Decimal(1) if value >= _WHOLE or value == value.to_integral_value() else _CENT
    return f"{value.quantize(digits, ROUND_HALF_UP):,}"


def cost(item: Item, bound: Bound) -> str:
    """What an item costs, or why that is not said."""
    if item.amount(bound) is None:
        return UNBOUNDED
    return money(item.usd(bound), otherwise="unknown")


def unit_price(item: Item) -> str:
    """What one unit costs, its first tier where there are several."""
    if item.price is None:
        return UNKNOWN
    about = "about " if item.price.inferred else ""
    more = ", then less" if len(item.price.tiers) > 1 else ""
    return f"{about}{item.price.first:f}{more}"


def by_expected_cost(estimate: Estimate) -> tuple[list[Item], list[Item]]:
    """What is there or expected, dearest first, and what is paid by a use that is not stated."""
    there = [item for item in estimate.items if item.amount(Bound.EXPECTED)]
    by_use = [item for item in estimate.items if not item.amount(Bound.EXPECTED)]
    return sorted(there, key=lambda item: (-(item.usd(Bound.EXPECTED) or 0), item.what)), by_use


def table(estimate: Estimate) -> str:
    """The estimate for a terminal of 120 columns."""
    fixed, used = by_expected_cost(estimate)
    header = ("", "least", "expected", "most", "USD each", "USD least", "expected", "most")
    rows = [
        (
            item.what,
            *(amount(item.amount(bound)) for bound in Bound),
            unit_price(item),
            *(cost(item, bound) for bound in Bound),
        )
        for item in fixed
    ]
    rows.append(("sum of what has a price", "", "", "", "", *(money(estimate.usd(bound)) for bound in Bound)))
    lines = [f"USD a month in {estimate.region}, before taxes, free tiers and discounts", "", *_aligned(header, rows)]
    if used:
        lines += ["", "By use alone, which is not stated:", ""]
        header = ("", "most", "USD each", "resources")
        by_use = [
            (item.what, amount(item.amount(Bound.MOST)), unit_price(item), str(len(item.lines))) for item in used
        ]
        lines += _aligned(header, by_use)
    lines += ["", *_remarks(estimate)]
    return "\n".join(lines)


def _remarks(estimate: Estimate) -> Iterator[str]:
    if missing := estimate.unpriced(Bound.MOST):
        yield f"No sum has these, whose price is not known here: {', '.join(item.what for item in missing)}."
        yield "Read them from AWS's price list: python -m sagemaker_constructs.cost refresh"
    if estimate.unknown_types:
        types = ", ".join(f"{kind} ({count})" for kind, count in sorted(estimate.unknown_types.items()))
        yield f"Resources of these types are not counted: {types}."
    if any(item.price and item.price.inferred for item in estimate.items):
        yield "'about' is inferred from neighbouring prices."


def _aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        yield "  ".join(cells).rstrip()


def document(estimate: Estimate) -> Mapping[str, Any]:
    """The estimate as JSON values; numbers are text, to the last digit."""
    return {
        "region": estimate.region,
        "currency": "USD",
        "usd": {bound.value: str(estimate.usd(bound)) for bound in Bound},
        "stacks": {
            bound.value: {name: str(usd.quantize(_CENT)) for name, usd in sorted(estimate.by_stack(bound).items())}
            for bound in Bound
        },
        "items": [_item(item) for item in estimate.items],
        "unknown_types": dict(sorted(estimate.unknown_types.items())),
    }


def _item(item: Item) -> Mapping[str, Any]:
    return {
        "key": item.key,
        "what": item.what,
        "price": item.price.row() if item.price else None,
        "amount": {bound.value: _text(item.amount(bound)) for bound in Bound},
        "usd": {bound.value: _text(item.usd(bound)) for bound in Bound},
        "resources": [
            {
                "stack": line.stack,
                "path": line.path,
                "type": line.type,
                **{bound.value: _text(bound.of(line.quantity)) for bound in Bound},
            }
            for line in item.lines
        ],
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"
