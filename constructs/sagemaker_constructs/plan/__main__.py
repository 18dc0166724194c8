"""The command that says what a deployment will do."""

import sys

from sagemaker_constructs.plan.report.command import main

if __name__ == "__main__":
    sys.exit(main())
