"""Writes the pages: ``python -m tools.report FOLDER [--pipeline NAME]… [--approvals TABLE]… [--endpoint NAME]``.

With ``--endpoint`` they are about what its monitors have found; with none of these, about all monitors.

Asks the account of the credentials in the environment, or the embedded AWS where ``AWS_ENDPOINT_URL`` leads to it.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.report.approvals import moves
from tools.report.executions import executions
from tools.report.monitors.site import write_monitors
from tools.report.pages import write


def main() -> int:
    """The exit status: 1 with the reason where the account does not answer."""
    parser = argparse.ArgumentParser(prog="python -m tools.report", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pipeline", action="append", default=[], help="a pipeline's name")
    parser.add_argument("--approvals", action="append", default=[], help="the table of an ApprovedModel")
    parser.add_argument("--endpoint", default="", help="an endpoint's name, or a monitor's")
    given = parser.parse_args()
    session = boto3.Session()
    try:
        if given.endpoint or not (given.pipeline or given.approvals):
            # The embedded AWS has no console to lead to.
            console = "" if os.environ.get("AWS_ENDPOINT_URL") else str(cast("Any", session).region_name)
            print(
                write_monitors(
                    session, given.folder, endpoint=given.endpoint, pipelines=given.pipeline, console=console
                )
            )
            return 0
        found = [each for name in given.pipeline for each in executions(session, name)]
        moved = [each for table in given.approvals for each in moves(session, table)]
    except (BotoCoreError, ClientError, LookupError) as error:
        print(error, file=sys.stderr)
        return 1
    print(write(given.folder, found, moved))
    return 0


if __name__ == "__main__":
    sys.exit(main())
