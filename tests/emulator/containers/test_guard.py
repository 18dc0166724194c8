"""The guard of a program: its exit code is the program's, and nothing that the program started is left."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.containers import guard
from harness.aws_clients import wait_for

WITHOUT_WAITID = "import os, runpy, sys; del os.waitid; runpy.run_path(sys.argv.pop(1), run_name='__main__')"


@pytest.mark.parametrize("interpreter", [[], ["-c", WITHOUT_WAITID]], ids=["linux", "without waitid"])
def test_children_end_with_the_program(tmp_path: Path, interpreter: list[str]) -> None:
    child = tmp_path / "child"
    program = f"sleep 300 & echo $! > '{child}'; exit 7"
    # The guard kills the program when its input closes, so the other end is held until it has ended.
    with subprocess.Popen(
        [sys.executable, *interpreter, guard.__file__, str(tmp_path / "pid"), "sh", "-c", program],
        stdin=subprocess.PIPE,
    ) as guarded:
        try:
            assert guarded.wait(timeout=900) == 7
        finally:
            guarded.send_signal(signal.SIGKILL)
    number = child.read_text().strip()
    wait_for(lambda: _runs(number), lambda runs: not runs)


def _runs(pid: str) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().split(") ")[1][0] != "Z"
