"""The server's parent: sees to it that nothing the server started outlives it, even after `kill -9`.

On Linux it adopts every orphan among its descendants, and ends them when the server is gone.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _control_process(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def end_with_parent() -> None:
    """Let this process receive SIGTERM when its parent dies (Linux)."""
    parent = os.getppid()
    _control_process(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent == 1 or os.getppid() != parent:
        raise SystemExit("the supervisor is gone")


def _children() -> list[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def _end_descendants() -> None:
    """Kill adopted processes until there are none; their own children are adopted in turn."""
    for _ in range(100):
        children = _children()
        if not children:
            return
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.waitpid(pid, 0)
        time.sleep(0.01)


def main() -> int:
    """Run the server to its end; returns its exit code."""
    _control_process(_PR_SET_CHILD_SUBREAPER, 1)
    server = subprocess.Popen([sys.executable, "-m", "emulator.process.server"])

    def forward(number: int, _frame: FrameType | None) -> None:
        server.send_signal(number)

    signal.signal(signal.SIGTERM, forward)
    signal.signal(signal.SIGINT, forward)
    code = _wait(server)
    _end_descendants()
    if code < 0:
        print(f"emulator: the server was ended by signal {-code} ({signal.Signals(-code).name})", flush=True)
    return code if code >= 0 else 128 - code


def _wait(server: subprocess.Popen[bytes]) -> int:
    """Wait for the server, and bury orphans that ended meanwhile."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == server.pid:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
