"""The command that estimates what an app costs."""

import sys

from sagemaker_constructs.cost.report.command import main

if __name__ == "__main__":
    sys.exit(main())
