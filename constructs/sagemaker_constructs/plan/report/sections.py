"""What a report says, in order, whatever it is written as."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagemaker_constructs.cost.estimates import Bound
from sagemaker_constructs.plan.change_report import ChangeReport, number_of
from sagemaker_constructs.plan.changes import ChangeAction, ResourceChange

SIGNS = {
    ChangeAction.CREATE: "+",
    ChangeAction.UPDATE: "~",
    ChangeAction.REPLACE: "±",
    ChangeAction.MAY_REPLACE: "±?",
    ChangeAction.DELETE: "-",
    ChangeAction.KEEP: "·",
}


@dataclass(frozen=True)
class ReportSection:
    """A part of the report: its lines have a mark, where, and what."""

    title: str
    lines: Sequence[tuple[str, str, str]]


def sections(report: ChangeReport, *, everything: bool = False) -> Iterator[ReportSection]:
    """The parts that have something to say, the gravest first. Resources that are merely updated are counted only.

    ``everything`` lists them as well.
    """
    refused = [
        (
            "✘",
            f"{each.stack}/{each.logical_id}",
            f"{each.message.rstrip('.')}. {each.remedy} ({each.rule})".replace(".  (", ". ("),
        )
        for each in report.refused
    ]
    data = [
        (each.kind, f"{each.stack}/{each.logical_id}", _perhaps(each.message, each.certain)) for each in report.data
    ]
    serving = [
        (each.kind, f"{each.stack}/{each.logical_id}", _perhaps(each.message, each.certain))
        for each in report.interruptions
    ]
    widened = [("+", f"{each.stack}/{each.logical_id}", f"{each.kind} {each.message}") for each in report.widened]
    shown = [each for each in report.changes if everything or each.action is not ChangeAction.UPDATE]
    resources = [(SIGNS[each.action], f"{each.stack}/{each.logical_id}", _described(each)) for each in shown]
    for title, lines in (
        ("AWS refuses", refused),
        ("Data at risk", data),
        ("Endpoints and APIs", serving),
        ("Permissions that widen", widened),
        ("Resources", resources),
        ("Costs in a month", list(_costs(report))),
    ):
        if lines:
            yield ReportSection(title, lines)


def summary(report: ChangeReport) -> str:
    """The numbers in one line."""
    counted = [f"{number_of(report, each)} to {each}" for each in ChangeAction if number_of(report, each)]
    left = f"; left alone: {', '.join(report.left)}" if report.left else ""
    return ("Nothing changes" if not counted else ", ".join(counted)) + left


def _described(change: ResourceChange) -> str:
    reasons = (
        ", ".join(map(str, change.reasons)) if change.action not in (ChangeAction.CREATE, ChangeAction.DELETE) else ""
    )
    return f"{change.action} {change.type}" + (f": {reasons}" if reasons else "")


def _perhaps(message: str, certain: bool) -> str:
    return message if certain else f"perhaps, the values of the deployment decide: {message}"


def _costs(report: ChangeReport) -> Iterator[tuple[str, str, str]]:
    costs = report.costs
    if costs is None or (not costs.by_item and not costs.unpriced):
        return
    before, after = (each.usd(Bound.EXPECTED) for each in (costs.before, costs.after))
    yield f"{costs.increase:+,.2f}", "expected", f"{before:,.2f} → {after:,.2f} USD"
    for what, usd in costs.by_item[:10]:
        yield f"{usd:+,.2f}", "", what
    for what in costs.unpriced:
        yield "?", "", f"{what}: no price is known"
