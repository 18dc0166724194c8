"""The command that reports on a fleet."""

import sys

from sagemaker_constructs.fleet.report.command import main

if __name__ == "__main__":
    sys.exit(main())
