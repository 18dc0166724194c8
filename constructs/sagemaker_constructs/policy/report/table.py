"""Findings for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from sagemaker_constructs.policy.judgement import PolicyFinding

_WIDTH = 110


def findings_table(findings: Sequence[PolicyFinding]) -> str:
    """The findings by construct, each with what to do, and their number in the last line."""
    open_ = [each for each in findings if not each.accepted]
    lines: list[str] = []
    for construct, of_construct in groupby(open_, lambda each: (each.construct, each.type)):
        lines.append(f"{construct[0]}  ({construct[1]})")
        for finding in of_construct:
            lines += _lines(finding)
        lines.append("")
    lines += [f"accepted: {each.rule} on {each.construct}: {each.accepted}" for each in findings if each.accepted]
    errors = sum(each.severity == "error" for each in open_)
    warnings = len(open_) - errors
    accepted = len(findings) - len(open_)
    lines.append(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}, {accepted} accepted")
    return "\n".join(lines)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _lines(finding: PolicyFinding) -> Iterator[str]:
    where = f"{finding.property_path}: " if finding.property_path else ""
    yield from textwrap.wrap(
        f"{finding.severity} {finding.rule}: {where}{finding.message}",
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield f"      → {finding.fix}"
