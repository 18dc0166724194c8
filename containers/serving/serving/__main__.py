"""`python -m serving serve`: models that bring their own script."""

import os
import sys

from serving.threads import share_cpus


def main(arguments: list[str]) -> int:
    """Serve and return the exit code."""
    if arguments != ["serve"]:
        print("usage: python -m serving serve", file=sys.stderr)
        return 2
    # Before NumPy is imported, which reads the variables that this sets.
    share_cpus(os.environ)
    from serving.scripts.script_handler import ScriptHandler
    from serving.server import run_server

    return run_server(ScriptHandler.load)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
