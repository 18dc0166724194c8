"""The command that judges synthesized templates."""

import sys

from sagemaker_constructs.policy.report.command import main

if __name__ == "__main__":
    sys.exit(main())
