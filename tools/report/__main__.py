"""Writes the pages: ``python -m tools.report FOLDER [--pipeline NAME]… [--approvals TABLE]…``.

Asks the account of the credentials in the environment, or the embedded AWS where ``AWS_ENDPOINT_URL`` leads to it.
"""

import argparse
import sys
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.report.approvals import moves
from tools.report.executions import executions
from tools.report.pages import write


def main() -> int:
    """The exit status: 1 with the reason where the account does not answer."""
    parser = argparse.ArgumentParser(prog="python -m tools.report", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pipeline", action="append", default=[], help="a pipeline's name")
    parser.add_argument("--approvals", action="append", default=[], help="the table of an ApprovedModel")
    given = parser.parse_args()
    session = boto3.Session()
    try:
        found = [each for name in given.pipeline for each in executions(session, name)]
        moved = [each for table in given.approvals for each in moves(session, table)]
    except (BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    print(write(given.folder, found, moved))
    return 0


if __name__ == "__main__":
    sys.exit(main())
