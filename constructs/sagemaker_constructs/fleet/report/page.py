"""A fleet as one HTML file that asks nothing of the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from sagemaker_constructs.fleet.report.assembly import FleetEndpoint, FleetStack
from sagemaker_constructs.fleet.report.needs import Need

_PAGE = Path(__file__).with_name("page.html")
_ORDER = {"Failed": 0, "OutOfService": 1, "-": 2}
"""What comes first, as somebody has to look at it."""


def fleet_page(title: str, stacks: Sequence[FleetStack], needs: Sequence[Need], states: Mapping[str, str]) -> str:
    """The page; ``states`` are those of the endpoints by name, empty where nobody has asked for them."""
    endpoints = [(stack, endpoint) for stack in stacks for endpoint in stack.endpoints]
    endpoints.sort(key=lambda each: (_ORDER.get(states.get(each[1].endpoint_name, ""), 3), each[1].row))
    shown = list(dict.fromkeys(column for _, endpoint in endpoints for column in endpoint.shown))
    heads = ["", *(["state"] if states else []), *shown, "instances", "wave", "stack", "endpoint"]
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(title),
        sums="".join(f"<li>{what}<b>{count:,}</b></li>" for what, count in _sums(stacks, states)),
        needs="".join(_need(each) for each in needs),
        heads="".join(f"<th>{escape(head)}</th>" for head in heads),
        rows="".join(_endpoint(stack, endpoint, shown, states) for stack, endpoint in endpoints),
    )


def _sums(stacks: Sequence[FleetStack], states: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    yield "endpoints", sum(len(stack.endpoints) for stack in stacks)
    yield "stacks", len(stacks)
    yield "waves", len({stack.wave for stack in stacks})
    for state, words in (("InService", "in service"), ("Failed", "failed"), ("-", "not there")):
        count = sum(each == state for each in states.values())
        if count:
            yield words, count


def _need(need: Need) -> str:
    mark, words = ("bad", "AWS refuses it") if need.is_too_much else ("good", "enough")
    if need.has_to_be_asked:
        mark, words = "ask", "ask for it, or see your account's quota"
    limit = "" if need.limit is None else f"{need.limit:,}"
    cells = [
        f"<td>{escape(need.what)}</td>",
        f'<td class="number">{need.needed:,}</td>',
        f'<td class="number">{limit}</td>',
        f'<td class="{mark}">{words}</td>',
        f'<td><a href="{need.page}">AWS</a></td>',
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _endpoint(stack: FleetStack, endpoint: FleetEndpoint, shown: Sequence[str], states: Mapping[str, str]) -> str:
    instances = ", ".join(
        f"{endpoint.first[kind]} to {most} {kind}" if most > endpoint.first[kind] else f"{most} {kind}"
        for kind, most in endpoint.most.items()
    )
    state = states.get(endpoint.endpoint_name, "")
    marked = "bad" if state == "Failed" else "good" if state == "InService" else "ask"
    cells = [
        f"<th>{escape(endpoint.row)}</th>",
        *([f'<td class="{marked}">{escape(state)}</td>'] if states else []),
        *(f"<td>{escape(endpoint.shown.get(column, ''))}</td>" for column in shown),
        f"<td>{escape(instances or 'serverless')}</td>",
        f'<td class="number">{stack.wave}</td>',
        f"<td>{escape(stack.name)}</td>",
        f"<td><code>{escape(endpoint.endpoint_name)}</code></td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"
