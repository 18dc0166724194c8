"""Runs one program and does not outlive the emulator: `python guard.py PIDFILE PROGRAM ARGUMENTS…`.

The emulator holds the other end of the guard's standard input. When the emulator ends, however suddenly,
that input closes and the guard kills the program with all its children. SIGTERM is passed on to the program
alone, as a container engine does. The guard's exit code is the program's (128 + number after a signal).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1


def main(arguments: Sequence[str]) -> int:
    """Run the program until it ends or the standard input closes."""
    pid_file, *command = arguments
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_guard)

    def pass_on(signal_number: int, frame: FrameType | None) -> None:
        del frame
        with contextlib.suppress(ProcessLookupError):
            os.kill(program.pid, signal_number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Path(pid_file).write_text(str(program.pid))
    threading.Thread(target=_kill_at_end_of_input, args=(program.pid,), daemon=True).start()
    # The program stays a zombie until its children are killed, so that its group's number is not reused.
    # In macOS, Python has no such call before 3.13; the number belongs to the group as long as it has children.
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)
    else:
        program.wait()
    _kill_group(program.pid)
    code = program.wait()
    return code if code >= 0 else 128 - code


def _die_with_guard() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _kill_at_end_of_input(group: int) -> None:
    while os.read(0, 4096):
        pass
    _kill_group(group)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
