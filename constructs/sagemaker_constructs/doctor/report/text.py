"""The rows for a terminal."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from sagemaker_constructs.doctor.check import CheckResult, CheckState

SIGNS = {CheckState.FINE: "✔", CheckState.WRONG: "✘", CheckState.UNSEEN: "?"}
_SUBJECT = 30


def results_text(rows: Sequence[CheckResult], *, width: int = 80) -> str:
    """A table for each check: sign, subject, what was found, and below what is wrong the command that mends it."""
    lines: list[str] = []
    regions = {each.region for each in rows if each.region}
    for (check, region), of_check in groupby(rows, lambda each: (each.check, each.region)):
        lines.append(f"{check} in {region}" if region and len(regions) > 1 else check)
        said = ""
        for row in of_check:
            lines += _row(row, width)
            # What mends several rows is written below the first of them.
            lines += _command(row.remedy, width) if row.remedy not in ("", said) else ()
            said = row.remedy or said
        lines.append("")
    lines.append(results_summary(rows))
    return "\n".join(lines)


def results_summary(rows: Sequence[CheckResult]) -> str:
    """The numbers in one line."""
    counted = {state: sum(each.state is state for each in rows) for state in CheckState}
    return (
        f"{SIGNS[CheckState.WRONG]} {counted[CheckState.WRONG]} to mend,"
        f" {SIGNS[CheckState.UNSEEN]} {counted[CheckState.UNSEEN]} not seen,"
        f" {SIGNS[CheckState.FINE]} {counted[CheckState.FINE]} fine"
    )


def _row(row: CheckResult, width: int) -> Iterator[str]:
    head = f"  {SIGNS[row.state]} {row.subject}"
    if len(row.subject) < _SUBJECT and row.message:
        yield from _wrapped(f"{head.ljust(_SUBJECT + 4)} {row.message}", width, " " * (_SUBJECT + 5))
    else:
        yield from _wrapped(head, width, " " * 6)
        yield from _wrapped(f"      {row.message}", width, " " * 6) if row.message else ()


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    """``text`` in lines, of which those with a long word are longer."""
    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )


def _command(remedy: str, width: int) -> Iterator[str]:
    """A command in lines that can be copied together; what is none is words."""
    if not remedy.startswith(("aws ", "cdk ", "docker ")):
        first, *others = _wrapped(remedy, width - 8, "")
        yield f"      → {first}"
        yield from (f"        {each}" for each in others)
        return
    command, mark, comment = remedy.partition("    # ")
    line = "      →"
    for word in _words(command):
        if len(line) + len(word) + 3 > width and line.strip("→ \\"):
            yield f"{line} \\"
            line = "       "
        line += f" {word}"
    yield f"{line}  # {comment}" if mark else line


def _words(command: str) -> Iterator[str]:
    """The words of a command as they are written, an option together with its value."""
    held = ""
    for word in shlex.split(command, posix=False):
        if held and not word.startswith("--"):
            yield f"{held} {word}"
            held = ""
            continue
        if held:
            yield held
            held = ""
        if word.startswith("--"):
            held = word
        else:
            yield word
    if held:
        yield held
