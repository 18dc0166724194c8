"""Entry point of the image, and what `amazon_sagemaker_scheduler` runs."""

import os
import sys
from pathlib import Path

from notebooks.job import JobFailedError, NotebookJob


def main() -> int:
    """Run the notebook that the variables name; the exit code. What fails is told in `output/failure`."""
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    try:
        NotebookJob.of(os.environ, base).run()
    except JobFailedError as failure:
        failure.tell(base / "output" / "failure")
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
