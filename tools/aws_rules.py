"""Writes the page of AWS's rules: ``python -m tools.aws_rules``."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from sagemaker_constructs.core.rules.catalogue import Rule, rules

PAGE = Path(__file__).resolve().parent.parent / "docs" / "aws-rules.md"

_HEAD = """\
# What AWS refuses

Written by `make schema` from the [catalogue](../constructs/sagemaker_constructs/core/rules/): the rules that neither
the service model nor a resource schema contains, by the call that refuses. Those two are checked besides.

A rule that is *documented* stands on the page behind the link, one that is *reported* comes from users of AWS, and
one that is *inferred* follows from what AWS states. The date is that of the last look. *synth* means that the
constructs refuse it when the templates are made, *emulator* that the embedded AWS refuses it when it is deployed. A
rule of the emulator alone is one that no argument of a construct can break, or that depends on what is deployed. One
that is enforced nowhere the constructs keep by themselves, such as permissions, which are checked in AWS alone.
"""


def page() -> str:
    """The page about all rules."""
    ordered = sorted(rules().values(), key=lambda each: (each.operation, each.id))
    sections = (_section(operation, entries) for operation, entries in groupby(ordered, lambda each: each.operation))
    return "\n".join([_HEAD, *sections])


def _section(operation: str, entries: Iterable[Rule]) -> str:
    lines = [f"## {operation}", "", "| rule | | enforced at | confidence | read |", "|---|---|---|---|---|"]
    for each in entries:
        where = ", ".join(each.enforced) or "nowhere"
        said = f" “{each.words}”" if each.words else ""
        lines.append(
            f"| `{each.id}` | {each.statement}{said} | {where} | [{each.confidence}]({each.source}) | {each.read} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
