"""Entry point of the image: one role per start."""

import os
import sys

USAGE = "usage: python -m tabular (train | automl | serve | process [SCRIPT] [ARGUMENT ...])"


def main(arguments: list[str]) -> int:
    """Run one role and return its exit code; each role imports only what it needs."""
    match arguments:
        case ["train"]:
            from tabular.training import run_training

            return run_training()
        case ["automl"]:
            from tabular.automl.job import run_search

            return run_search()
        case ["serve"]:
            from serving.threads import share_cpus

            # Numerical libraries read the number of threads when they are imported.
            share_cpus(os.environ)
            from tabular.serve import run_serving

            return run_serving()
        case ["process", *script]:
            from jobs.processing import run_processing
            from tabular.predictor import Predictor

            return run_processing(script, Predictor.load)
        case _:
            print(USAGE, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
