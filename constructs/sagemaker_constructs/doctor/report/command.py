"""The command: ``python -m sagemaker_constructs.doctor cdk.out``."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from sagemaker_constructs.doctor.account import Account
from sagemaker_constructs.doctor.check import CheckState, checks
from sagemaker_constructs.doctor.examination import examine
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment
from sagemaker_constructs.doctor.report.text import results_summary, results_text

_WIDEST = 110


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status: 1 for what has to be mended, 2 for what is wrong in files or arguments."""
    given = _parser().parse_args(arguments)
    try:
        regions = [each.region for each in PlannedDeployment.read(given.assembly)]
        account = _account(given.region or next(filter(None, regions), ""), offline=given.offline)
        opted_in = {check.title for check in checks() if check.opt_in and given.change_sets}
        rows = examine(given.assembly, account, opted_in=opted_in)
        if given.format == "json":
            text = json.dumps([{**vars(row), "state": row.state.value} for row in rows], indent=2)
        else:
            text = results_text(rows, width=min(shutil.get_terminal_size().columns, _WIDEST))
        if given.output:
            given.output.write_text(text + "\n", encoding="utf-8")
            print(results_summary(rows))
        else:
            print(text)
    except (OSError, ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    failing = {CheckState.WRONG, CheckState.UNSEEN} if given.strict else {CheckState.WRONG}
    return 1 if any(row.state in failing for row in rows) else 0


def _account(region: str, *, offline: bool) -> Account:
    import botocore.session

    environment: Any = cast(Any, botocore.session).get_session()
    if offline:
        return Account.none("no account is asked")
    default = region or environment.get_config_variable("region")
    if not default:
        return Account.none("neither the stacks nor the environment name a region: export AWS_REGION")
    return Account.of_environment(str(default))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sagemaker_constructs.doctor",
        description="What stands between a synthesized app and its deployment into the account of your credentials. "
        "Changes nothing, unless --change-sets is given.",
    )
    parser.add_argument(
        "assembly", type=Path, nargs="?", default=Path("cdk.out"), help="folder that cdk synth has written"
    )
    parser.add_argument("--region", help="for stacks that name none; left out, that of the environment")
    parser.add_argument("--offline", action="store_true", help="ask no account, only the templates and this machine")
    parser.add_argument(
        "--change-sets",
        action="store_true",
        help="have CloudFormation judge each template by a change set, which is deleted and never executed",
    )
    parser.add_argument("--strict", action="store_true", help="fail on what could not be seen, too")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--output", type=Path, help="file to write to; the numbers are printed then")
    return parser
