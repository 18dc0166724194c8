"""`python -m serving serve`: models that bring their own script."""

import sys

from serving.script_handler import ScriptHandler
from serving.server import run_server


def main(arguments: list[str]) -> int:
    """Serve and return the exit code."""
    if arguments != ["serve"]:
        print("usage: python -m serving serve", file=sys.stderr)
        return 2
    return run_server(ScriptHandler.load)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
