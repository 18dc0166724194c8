"""Writes the page of the policy pack's rules: ``python -m tools.policy_rules``."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from sagemaker_constructs.core.rules.catalogue import rules
from sagemaker_constructs.policy.policy_rule import PolicyRule, policy_rules
from sagemaker_constructs.policy.refusals import CONTROLS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "policy-rules.md"

_HEAD = """\
# What the policy pack asks

Written by `make schema` from the [rules](../constructs/sagemaker_constructs/policy/rules/) of the
[policy pack](../constructs/sagemaker_constructs/policy/README.md). The link of each rule is where AWS states it.

*prod* rules say nothing at the level `dev`. *on request* rules are named with `opt_in`. All others are errors at the
level `prod` and warnings at `dev`. A rule with the name of a control is Security Hub's.

Beyond these the pack asks what AWS would refuse, an error at every level: [What AWS refuses](aws-rules.md).
"""


def page() -> str:
    """The page about all rules."""
    sections = (_section(subject, of) for subject, of in groupby(policy_rules(), lambda each: each.subject))
    return "\n".join([_HEAD, *sections, _of_the_catalogue()])


def _section(subject: str, entries: Iterable[PolicyRule]) -> str:
    lines = [f"## {subject}", "", "| rule | | of | when | what to do |", "|---|---|---|---|---|"]
    for each in entries:
        when = "on request" if each.opt_in else "prod" if each.production_only else ""
        for name in sorted(set(each.ids.values()), key=_number):
            kinds = ", ".join(f"`{kind}`" for kind, other in each.ids.items() if other == name)
            lines.append(f"| [`{name}`]({_page(each, name)}) | {each.statement} | {kinds} | {when} | {each.fix} |")
    return "\n".join([*lines, ""])


def _page(rule: PolicyRule, name: str) -> str:
    """The rule's page, at the control that it is named after."""
    before, mark, _ = rule.page.partition("#sagemaker-")
    return f"{before}{mark}{name.rpartition('.')[2]}" if mark else rule.page


def _number(name: str) -> tuple[str, int]:
    text, _, number = name.rpartition(".")
    return (text, int(number)) if number.isdigit() else (name, 0)


def _of_the_catalogue() -> str:
    lines = ["## Controls that AWS enforces itself", "", "| control | | catalogue |", "|---|---|---|"]
    for name, control in CONTROLS.items():
        rule = rules()[name]
        lines.append(f"| `{control}` | {rule.statement} | [`{name}`]({rule.source}) |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
