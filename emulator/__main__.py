"""Command line: `python -m emulator start|stop|status|environment`."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from emulator.launcher import DEFAULT_STATE, EmulatorError, attach, start


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulator", description="The embedded AWS of this project.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("start", "start in the background and wait until it answers"),
        ("stop", "save and stop"),
        ("status", "say whether it runs, and where"),
        ("environment", 'print variables for a shell: eval "$(python -m emulator environment)"'),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--state", type=Path, default=DEFAULT_STATE, help="state directory (%(default)s)")
        if name == "start":
            command.add_argument("--port", type=int, help="port on 127.0.0.1 (default: the last one, or a free one)")
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> None:
    if arguments.command == "start":
        running = start(arguments.state, arguments.port)
        print(f"The emulator runs at {running.address} (pid {running.pid}, state {running.state}).")
        for sentence in running.interrupted:
            print(f"Interrupted last time: {sentence}")
        return
    running = attach(arguments.state)
    if arguments.command == "stop":
        running.stop()
        print(f"The emulator at {running.address} has stopped.")
    elif arguments.command == "status":
        print(
            f"The emulator runs at {running.address} since {running.started} (pid {running.pid}, "
            f"state {running.state})."
        )
    else:
        for name in sorted(name for name in os.environ if name.startswith("AWS_")):
            print(f"unset {name}")
        for name, value in running.environment().items():
            print(f"export {name}={shlex.quote(value)}")


def main() -> int:
    """Carry out one command; returns 1 with one line on standard error when it fails."""
    try:
        _run(_arguments())
    except EmulatorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
