"""The command: ``python -m sagemaker_constructs.plan cdk.out``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sagemaker_constructs.core.templates.assembly import Template, stacks_of
from sagemaker_constructs.cost.prices.price_list import PriceList
from sagemaker_constructs.plan.change_report import LIMITS, ChangeReport, report_changes
from sagemaker_constructs.plan.normal_form import contents_of
from sagemaker_constructs.plan.report.deployed import deployed_templates
from sagemaker_constructs.plan.report.writing import report_document, report_markdown, report_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 1 for what it fails on, 2 for what is wrong in files or arguments."""
    given = _parser().parse_args(arguments)
    limits = [each for some in given.fail_on for each in some.split(",") if each]
    try:
        report = _report(given)
        failures = list(report.failures(limits))
        if given.format == "json":
            text = json.dumps(report_document(report, failures), indent=2, default=str)
        elif given.format == "markdown":
            text = report_markdown(report, failures)
        else:
            text = report_text(report, failures, everything=given.all)
        if given.output:
            given.output.write_text(text + "\n", encoding="utf-8")
        else:
            print(text)
    except (OSError, ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if failures and given.output:
        print(*failures, sep="\n", file=sys.stderr)
    return 1 if failures else 0


def _report(given: argparse.Namespace) -> ChangeReport:
    planned = list(stacks_of(given.assembly))
    new = {stack.name: stack.template for stack in planned}
    old: Mapping[str, Template]
    contents: Mapping[str, str] = {}
    if given.against:
        old = {stack.name: stack.template for stack in stacks_of(given.against)}
        contents = {**contents_of(given.against), **contents_of(given.assembly)}
    else:
        old = deployed_templates(planned)
    prices = (
        PriceList.read(given.prices)
        if given.prices
        else _prices(given.region or planned[0].region if planned else "")
    )
    return report_changes(old, new, contents=contents, prices=prices)


def _prices(region: str) -> PriceList | None:
    """The prices of a region; None where the library has none of it."""
    try:
        return PriceList.of_region(region)
    except (OSError, ValueError):
        return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sagemaker_constructs.plan",
        description="What the deployment of a synthesized app will do, compared with what is deployed.",
    )
    parser.add_argument(
        "assembly", type=Path, nargs="?", default=Path("cdk.out"), help="folder that cdk synth has written"
    )
    parser.add_argument("--against", type=Path, help="another such folder, in place of what is deployed")
    parser.add_argument(
        "--fail-on",
        action="append",
        default=[],
        metavar="LIMITS",
        help=f"separated by commas: {', '.join(LIMITS)}, cost-above=USD, cost-increase-above=USD",
    )
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    parser.add_argument("--output", type=Path, help="file to write to")
    parser.add_argument("--all", action="store_true", help="list resources that are merely updated, too")
    parser.add_argument("--prices", type=Path, help="file of prices that the command for costs has refreshed")
    parser.add_argument("--region", help="whose prices; left out, the region of the first stack")
    return parser
