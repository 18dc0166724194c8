"""The command: ``python -m sagemaker_constructs.delivery bootstrap cdk.out``."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from sagemaker_constructs.core.templates.assembly import stacks_of
from sagemaker_constructs.delivery.bootstrap.least_privilege_bootstrap import LeastPrivilegeBootstrap


def write_bootstrap(given: argparse.Namespace) -> int:
    """Write the policies and print the commands; returns the exit status: 2 for what is wrong in the files."""
    try:
        made = LeastPrivilegeBootstrap.for_assemblies(given.assembly, qualifier=given.qualifier, prefix=given.prefix)
        stack = next(stacks_of(given.assembly[0]))
        given.output.mkdir(parents=True, exist_ok=True)
        template = given.output / "policies.template.json"
        template.write_text(json.dumps(made.template(), indent=1) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    account, region = given.account or stack.account or "ACCOUNT", given.region or stack.region
    print(f"# {len(made.execution)} policies for the execution role, of 10 that it may have; in {template}")
    print(f"# and in the configuration: bootstrap: {{qualifier: {made.qualifier}, ", end="")
    print(f"permissions_boundary: {made.boundary_name}}}")
    print(*made.commands(account, region, template), sep="\n")
    return 0


def add_bootstrap_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("assembly", type=Path, nargs="+", help="folders that cdk synth has written")
    parser.add_argument("--qualifier", type=_qualifier, required=True, help="1 to 10 lower-case letters and digits")
    parser.add_argument("--prefix", default="", help="how the stacks' names begin; by default what they share")
    parser.add_argument("--account", help="account to bootstrap; left out, that of the stacks")
    parser.add_argument("--region", help="region to bootstrap; left out, that of the stacks")
    parser.add_argument("--output", type=Path, default=Path("bootstrap"), help="folder to write to")


def _qualifier(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]{1,10}", text):
        raise argparse.ArgumentTypeError(f"must be 1 to 10 lower-case letters and digits, got: {text!r}")
    return text
