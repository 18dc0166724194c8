"""The command: ``python -m sagemaker_constructs.cost estimate|break-even|refresh``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sagemaker_constructs.cost.changes import (
    BreakEven,
    OneEndpointForAll,
    OtherInstanceType,
    SavingsPlan,
    ScaleToZero,
    TrainingOnSpot,
    WhatIf,
    break_even,
    what_if,
)
from sagemaker_constructs.cost.estimates import Bound, Estimate, Use, estimate, templates_of
from sagemaker_constructs.cost.prices.price_list import PriceList
from sagemaker_constructs.cost.prices.refresh import refresh
from sagemaker_constructs.cost.report.page import page
from sagemaker_constructs.cost.report.text import document, money, table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 1 over the limit, 2 for what is wrong in files or arguments."""
    given = _parser().parse_args(arguments)
    try:
        status: int = given.run(given)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return status


def _estimate(given: argparse.Namespace) -> int:
    prices = _prices(given)
    use: Use = json.loads(given.use.read_text(encoding="utf-8")) if given.use else {}
    found = estimate(templates_of(given.assembly), prices, use)
    changes = list(_changes(given))
    print(table(found))
    changed = [(what, what_if(found, prices, [change])) for what, change in changes]
    for what, each in changed:
        print(f"{what}: {' / '.join(money(each.usd(bound)) for bound in Bound)} USD least / expected / most")
    if given.json:
        given.json.write_text(json.dumps(document(found), indent=2) + "\n", encoding="utf-8")
    if given.html:
        given.html.write_text(page(given.title, found, changed, _crossing(given, prices)), encoding="utf-8")
        print(f"The page: {given.html}")
    return _judge(found, given.limit)


def _judge(found: Estimate, limit: Decimal | None) -> int:
    expected = found.usd(Bound.EXPECTED)
    if limit is None or expected <= limit:
        return 0
    print(f"error: {expected:,} USD a month are expected, which is over the limit of {limit:,}", file=sys.stderr)
    return 1


def _changes(given: argparse.Namespace) -> Sequence[tuple[str, WhatIf]]:
    found: list[tuple[str, WhatIf]] = []
    for each in given.instance_type:
        old, _, new = each.partition("=")
        if not new:
            raise ValueError(f"--instance-type must be OLD=NEW, got: {each}")
        found.append((f"{new} in place of {old}", OtherInstanceType(old, new)))
    if given.savings_plan is not None:
        found.append((f"a Savings Plan of {given.savings_plan:%}", SavingsPlan(given.savings_plan)))
    if given.scale_to_zero is not None:
        found.append((f"no instance for {given.scale_to_zero:%} of the time", ScaleToZero(given.scale_to_zero)))
    if given.spot:
        found.append(("training on Spot", TrainingOnSpot()))
    if given.one_endpoint:
        found.append(("one endpoint for all models of an instance type", OneEndpointForAll()))
    return found


def _crossing(given: argparse.Namespace, prices: PriceList) -> BreakEven | None:
    if given.break_even is None:
        return None
    kind, memory, milliseconds = given.break_even
    return break_even(prices, instance_type=kind, memory_gb=int(memory), milliseconds=_number(milliseconds))


def _break_even(given: argparse.Namespace) -> int:
    found = break_even(
        _prices(given),
        instance_type=given.instance_type,
        memory_gb=given.memory,
        milliseconds=given.milliseconds,
        instances=given.instances,
    )
    print(
        f"From {found.requests:,.0f} requests a month on, {given.instances} {given.instance_type} costs less than"
        f" serverless of {given.memory} GB: {money(found.instance_usd)} USD a month."
    )
    return 0


def _refresh(given: argparse.Namespace) -> int:
    path: Path = given.prices
    known = PriceList.read(path) if path.exists() else PriceList(given.region, {})
    if known.region != given.region:
        raise ValueError(f"{path} has the prices of {known.region}, not of {given.region}")
    asked = PriceList.of_region("us-east-1").prices.keys() if not known.prices else known.prices.keys()
    keys = {*asked}
    for assembly in given.assembly:
        keys |= {item.key for item in estimate(templates_of(assembly), known).items}
    read = refresh(given.region, keys)
    known.with_prices(read.prices).write(path)
    print(f"{len(read.prices)} of {len(keys)} prices are read, and stand in {path}.")
    for key, why in read.missing.items():
        print(f"{key}: {why}", file=sys.stderr)
    return 0


def _prices(given: argparse.Namespace) -> PriceList:
    return PriceList.read(given.prices) if given.prices else PriceList.of_region(given.region)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sagemaker_constructs.cost", description=__doc__)
    commands = parser.add_subparsers(required=True)

    estimated = commands.add_parser("estimate", help="what a synthesized app costs in a month")
    estimated.add_argument("assembly", type=Path, help="folder that cdk synth has written, such as cdk.out")
    _add_prices(estimated)
    estimated.add_argument("--use", type=Path, help="JSON file: what is asked of resources, by their paths")
    estimated.add_argument("--limit", type=_number, help="exit with 1 if more USD a month are expected")
    estimated.add_argument("--html", type=Path, help="file to write the page to")
    estimated.add_argument("--json", type=Path, help="file to write everything to")
    estimated.add_argument("--title", default="What it costs", help="of the page")
    estimated.add_argument("--instance-type", action="append", default=[], metavar="OLD=NEW", help="what if")
    estimated.add_argument("--savings-plan", type=_number, metavar="SHARE", help="what if, 0 to 1")
    estimated.add_argument("--scale-to-zero", type=_number, metavar="IDLE", help="what if, 0 to 1")
    estimated.add_argument("--spot", action="store_true", help="what if training ran on Spot")
    estimated.add_argument("--one-endpoint", action="store_true", help="what if models shared endpoints")
    estimated.add_argument(
        "--break-even", nargs=3, metavar=("TYPE", "GB", "MILLISECONDS"), help="draw serverless against an instance"
    )
    estimated.set_defaults(run=_estimate)

    compared = commands.add_parser("break-even", help="from how many requests on an instance costs less")
    _add_prices(compared)
    compared.add_argument("--instance-type", required=True)
    compared.add_argument("--instances", type=int, default=1)
    compared.add_argument("--memory", type=int, required=True, help="GB of the serverless endpoint")
    compared.add_argument("--milliseconds", type=_number, required=True, help="that a request takes")
    compared.set_defaults(run=_break_even)

    refreshed = commands.add_parser("refresh", help="read prices from AWS's price list")
    refreshed.add_argument("assembly", type=Path, nargs="*", help="apps whose prices are wanted as well")
    refreshed.add_argument("--region", required=True)
    refreshed.add_argument("--prices", type=Path, required=True, help="file to write")
    refreshed.set_defaults(run=_refresh)
    return parser


def _add_prices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--region", default="us-east-1", help="whose prices, if no file is given")
    parser.add_argument("--prices", type=Path, help="file of prices that refresh has written")


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"must be a number, got: {text!r}") from None
