"""An estimate as one HTML file that asks nothing of the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from pathlib import Path
from string import Template

from sagemaker_constructs.cost.changes import BreakEven
from sagemaker_constructs.cost.estimates import Bound, Estimate, Item
from sagemaker_constructs.cost.report.text import amount, by_expected_cost, cost, money, unit_price

_PAGE = Path(__file__).with_name("page.html")
_WIDTH = 640
_ROW = 30
_BARS, _BAR = 220, 290
"""Where bars begin, and how long the longest is."""


def page(title: str, estimate: Estimate, changed: Sequence[tuple[str, Estimate]], crossing: BreakEven | None) -> str:
    """The page.

    Args:
        title: Of the page.
        estimate: As things are.
        changed: What would be otherwise, each with what it would cost.
        crossing: Where serverless and an instance cost the same, to be drawn.
    """
    there, by_use = by_expected_cost(estimate)
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(title),
        region=escape(estimate.region),
        **{bound.value: money(estimate.usd(bound)) for bound in Bound},
        stacks=_stacks(estimate),
        fixed="".join(map(_fixed, there)),
        used="".join(map(_used, by_use)),
        changes="".join(_change(what, estimate, each) for what, each in changed),
        crossing=_crossing(crossing) if crossing else "",
        remarks="".join(f"<li>{escape(each)}</li>" for each in _remarks(estimate)),
    )


def _stacks(estimate: Estimate) -> str:
    """A bar for each stack: dark to the least, lighter to the expected, pale to the most, which may be cut off."""
    by_bound = {bound: estimate.by_stack(bound) for bound in Bound}
    names = [name for name in by_bound[Bound.MOST] if any(usd.get(name) for usd in by_bound.values())]
    names.sort(key=lambda name: (-by_bound[Bound.EXPECTED].get(name, 0), name))
    if not names:
        return "<p>Nothing is known to cost money.</p>"
    expected = max(by_bound[Bound.EXPECTED].values())
    # A bound that nobody is expected to reach would make all other bars invisible.
    scale = min(max(by_bound[Bound.MOST].values()), expected * 3) or Decimal(1)
    rows = (
        _bar(place * _ROW, name, [by_bound[bound].get(name, Decimal(0)) for bound in Bound], scale)
        for place, name in enumerate(names)
    )
    described = f'<svg viewBox="0 0 {_WIDTH} {len(names) * _ROW}" role="img" aria-label="USD a month by stack">'
    return f"{described}{''.join(rows)}</svg>"


def _bar(top: int, name: str, usd: Sequence[Decimal], scale: Decimal) -> str:
    classes = ("least", "expected", "most")
    bars = "".join(
        f'<rect class="{each}" x="{_BARS}" y="{top + 6}" width="{min(value / scale, 1) * _BAR:.1f}" height="18"/>'
        for each, value in reversed([*zip(classes, usd, strict=True)])
    )
    cut = f'<path class="cut" d="M{_BARS + _BAR - 10} {top + 2}l-6 26h6l6 -26z"/>' if usd[-1] > scale else ""
    told = " to ".join(dict.fromkeys((money(usd[0]), money(usd[-1]))))
    return (
        f'<text x="0" y="{top + 19}">{escape(name)}</text>{bars}{cut}'
        f'<text class="number" x="{_WIDTH}" y="{top + 19}">{told}</text>'
    )


def _fixed(item: Item) -> str:
    amounts = "".join(f'<td class="number">{amount(item.amount(bound))}</td>' for bound in Bound)
    usd = "".join(f'<td class="number">{escape(cost(item, bound))}</td>' for bound in Bound)
    return f"<tr><td>{_named(item)}</td>{amounts}{_priced(item)}{usd}</tr>"


def _used(item: Item) -> str:
    most = f'<td class="number">{amount(item.amount(Bound.MOST))}</td>'
    return f'<tr><td>{_named(item)}</td>{most}{_priced(item)}<td class="number">{len(item.lines)}</td></tr>'


def _named(item: Item) -> str:
    lines = "".join(f"<li><code>{escape(line.path)}</code></li>" for line in item.lines)
    return f"<details><summary>{escape(item.what)}</summary><ul>{lines}</ul></details>"


def _priced(item: Item) -> str:
    source = f"{item.price.source}, {item.price.date}" if item.price else "not in the price list"
    return f'<td class="number" title="{escape(source)}">{escape(unit_price(item))}</td>'


def _change(what: str, estimate: Estimate, changed: Estimate) -> str:
    cells = "".join(
        f'<td class="number">{money(changed.usd(bound))} ({_signed(changed.usd(bound) - estimate.usd(bound))})</td>'
        for bound in Bound
    )
    new = [
        item.what for item in changed.unpriced(Bound.MOST) if item.key not in {each.key for each in estimate.items}
    ]
    warned = f"<br><small>without {escape(', '.join(new))}, whose price is not known</small>" if new else ""
    return f"<tr><td>{escape(what)}{warned}</td>{cells}</tr>"


def _signed(usd: Decimal) -> str:
    return f"{usd:+,}"


def _crossing(crossing: BreakEven) -> str:
    """Two lines over the requests of a month, and where they cross."""
    width, height, left, bottom = _WIDTH, 260, 60, 220
    at, top = float(crossing.requests), float(crossing.instance_usd)
    y = bottom - 100
    x = left + (width - left) / 2
    steps = [(share, left + (width - left) * share / 2) for share in (0.0, 0.5, 1.0, 1.5, 2.0)]
    ticks = "".join(
        f'<text class="tick" x="{place:.0f}" y="{bottom + 18}">{at * share:,.0f}</text>' for share, place in steps
    )
    return (
        "<h2>Serverless or an instance</h2>"
        f"<p>From {at:,.0f} requests a month on, an instance that runs all the month costs less.</p>"
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="USD a month by requests">'
        f'<line class="axis" x1="{left}" y1="{bottom}" x2="{width}" y2="{bottom}"/>'
        f'<line class="axis" x1="{left}" y1="10" x2="{left}" y2="{bottom}"/>'
        f'<line class="instance" x1="{left}" y1="{y}" x2="{width}" y2="{y}"/>'
        f'<line class="serverless" x1="{left}" y1="{bottom}" x2="{width}" y2="{bottom - 200}"/>'
        f'<circle cx="{x:.0f}" cy="{y}" r="5"/>'
        f'<text x="{left + 8}" y="{y - 8}">instance, {top:,.2f} USD</text>'
        f'<text class="number" x="{width - 8}" y="{bottom - 178}">serverless</text>{ticks}</svg>'
    )


def _remarks(estimate: Estimate) -> Iterator[str]:
    yield "Hours are 730 a month. Taxes, free tiers and discounts are left out."
    if missing := estimate.unpriced(Bound.MOST):
        yield f"No sum has these, whose price is not known: {', '.join(item.what for item in missing)}."
    for kind, count in sorted(estimate.unknown_types.items()):
        yield f"Resources of {kind} are not counted ({count})."
    yield "'About' is inferred from neighbouring prices; point at a price to see where it is from."
