"""The report as text, as Markdown and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from sagemaker_constructs.cost.estimates import Bound
from sagemaker_constructs.plan.change_report import ChangeReport
from sagemaker_constructs.plan.report.sections import sections, summary


def report_text(report: ChangeReport, failures: Sequence[str] = (), *, everything: bool = False) -> str:
    """For a terminal: a paragraph for each part, and the numbers last."""
    lines: list[str] = []
    for section in sections(report, everything=everything):
        lines.append(section.title)
        for mark, where, what in section.lines:
            head = f"  {mark:<11} {where}".rstrip()
            lines += textwrap.wrap(
                f"{head}: {what}" if where else f"{head}  {what}",
                116,
                subsequent_indent=" " * 14,
                break_long_words=False,
                break_on_hyphens=False,
            )
        lines.append("")
    lines.append(summary(report))
    lines += [f"fails on {each}" for each in failures]
    return "\n".join(lines)


def report_markdown(report: ChangeReport, failures: Sequence[str] = ()) -> str:
    """For a pull request: what is grave is open, and the list of resources folded."""
    lines = ["### What this deployment does", "", f"**{summary(report)}**", ""]
    lines += [f"> ❌ fails on {each}" for each in failures]
    lines += [""] if failures else []
    for section in sections(report, everything=True):
        rows = ["| | | |", "|---|---|---|", *(f"| {' | '.join(map(_cell, line))} |" for line in section.lines)]
        if section.title == "Resources":
            lines += [f"<details><summary>{section.title}</summary>", "", *rows, "", "</details>", ""]
        else:
            lines += [f"#### {section.title}", "", *rows, ""]
    return "\n".join(lines)


def report_document(report: ChangeReport, failures: Sequence[str] = ()) -> Mapping[str, Any]:
    """For programs: everything, under the names of the classes' members."""
    costs = report.costs
    return {
        "stacks": list(report.stacks),
        "left": list(report.left),
        "changes": [
            {
                "stack": each.stack,
                "logical_id": each.logical_id,
                "construct": each.construct,
                "type": each.type,
                "action": each.action.value,
                "properties": [vars(change) for change in each.properties],
            }
            for each in report.changes
        ],
        "data": [vars(each) for each in report.data],
        "interruptions": [vars(each) for each in report.interruptions],
        "widened": [vars(each) for each in report.widened],
        "refused": [vars(each) for each in report.refused],
        "costs": None
        if costs is None
        else {
            "before": str(costs.before.usd(Bound.EXPECTED)),
            "after": str(costs.after.usd(Bound.EXPECTED)),
            "increase": str(costs.increase),
            "unpriced": list(costs.unpriced),
        },
        "failures": list(failures),
    }


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
