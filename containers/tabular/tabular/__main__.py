"""Entry point of the image: `python -m tabular train` or `python -m tabular serve`."""

import sys

USAGE = "usage: python -m tabular (train | serve)"


def main(arguments: list[str]) -> int:
    """Run one role and return its exit code; each role imports only what it needs."""
    match arguments:
        case ["train"]:
            from tabular.training import run_training

            return run_training()
        case ["serve"]:
            from tabular.serve import run_serving

            return run_serving()
        case _:
            print(USAGE, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
