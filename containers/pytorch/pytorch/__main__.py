"""Entry point of the image: one role per start."""

import os
import sys
from pathlib import Path

from jobs.scripts.evaluation import EvaluatedModel

USAGE = "usage: python -m pytorch (train | serve | process [SCRIPT] [ARGUMENT ...])"


def main(arguments: list[str]) -> int:
    """Run one role and return its exit code; each role imports only what it needs."""
    match arguments:
        case ["train"]:
            from pytorch.training import run_training

            return run_training()
        case ["serve"]:
            from serving.threads import share_cpus

            # Numerical libraries read the number of threads when they are imported.
            share_cpus(os.environ)
            from pytorch.serve import run_serving

            return run_serving()
        case ["process", *script]:
            from jobs.processing import run_processing

            return run_processing(script, _load_model)
        case _:
            print(USAGE, file=sys.stderr)
            return 2


def _load_model(folder: Path) -> EvaluatedModel:
    # Most scripts need no model, and PyTorch takes seconds to import.
    from pytorch.predictor import Predictor

    return Predictor.load(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
