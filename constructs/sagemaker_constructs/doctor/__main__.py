"""The command that looks at an account before a deployment."""

import sys

from sagemaker_constructs.doctor.report.command import main

if __name__ == "__main__":
    sys.exit(main())
