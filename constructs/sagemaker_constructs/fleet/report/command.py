"""The command: ``python -m sagemaker_constructs.fleet cdk.out``."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sagemaker_constructs.fleet.report.assembly import FleetStack, fleet_stacks
from sagemaker_constructs.fleet.report.needs import Need, needs_of
from sagemaker_constructs.fleet.report.page import fleet_page


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status: 1 for what AWS would refuse, 2 for a folder without a fleet."""
    given = _parser().parse_args(arguments)
    try:
        stacks = sorted(fleet_stacks(given.assembly), key=lambda stack: (stack.wave, stack.name))
        if not stacks:
            raise ValueError(f"{given.assembly} has no stack of a fleet")
        states: Mapping[str, str] = _states(stacks) if given.live else {}
    except (OSError, ValueError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    needs = list(needs_of(stacks))
    print(_table(needs))
    if given.json:
        given.json.write_text(json.dumps([_row(need) for need in needs], indent=2) + "\n", encoding="utf-8")
    if given.html:
        given.html.write_text(fleet_page(given.title, stacks, needs, states), encoding="utf-8")
        print(f"The page: {given.html}")
    broken = [name for name, state in states.items() if state == "Failed"]
    if broken:
        print(f"error: {len(broken)} endpoints have failed: {', '.join(sorted(broken))}", file=sys.stderr)
    return int(any(need.is_too_much for need in needs) or bool(broken))


def _table(needs: Sequence[Need]) -> str:
    width = max(len(need.what) for need in needs)
    return "\n".join(f"{need.what.ljust(width)}  {need.needed:>11,}  {remark(need)}" for need in needs)


def remark(need: Need) -> str:
    """What a person has to do about it."""
    if need.is_too_much:
        return f"✘ AWS allows {need.limit:,}: {need.page}"
    if need.has_to_be_asked:
        allowed = "each account has a quota of its own" if need.limit is None else f"a new account has {need.limit:,}"
        return f"? {allowed}: {need.page}"
    return f"✔ of {need.limit:,}"


def _row(need: Need) -> Mapping[str, Any]:
    return {
        "what": need.what,
        "needed": need.needed,
        "limit": need.limit,
        "fixed": need.fixed,
        "page": need.page,
    }


def _states(stacks: Sequence[FleetStack]) -> Mapping[str, str]:
    """The states of the fleet's endpoints in the account and region of the credentials, by name; a dash for none."""
    client: Any = importlib.import_module("boto3").client("sagemaker")
    there: dict[str, str] = {}
    for answer in client.get_paginator("list_endpoints").paginate():
        there |= {each["EndpointName"]: each["EndpointStatus"] for each in answer["Endpoints"]}
    return {each.endpoint_name: there.get(each.endpoint_name, "-") for stack in stacks for each in stack.endpoints}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sagemaker_constructs.fleet", description="What a synthesized fleet needs, and how it is."
    )
    parser.add_argument("assembly", type=Path, help="folder that cdk synth has written, such as cdk.out")
    parser.add_argument("--html", type=Path, help="file to write the page to")
    parser.add_argument("--json", type=Path, help="file to write the needs to")
    parser.add_argument("--title", default="The fleet", help="of the page")
    parser.add_argument("--live", action="store_true", help="ask the account how each endpoint is, by boto3")
    return parser
