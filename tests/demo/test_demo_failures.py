"""What a demo says when it cannot go on: the reason on the last line, and a code that is not zero."""

import os
import subprocess
import sys
from pathlib import Path

from emulator import launcher
from harness.project_copy import PROJECT


def _demo(state: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "demo", "--state", str(state)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "300"},
    )


def test_a_second_demo_beside_a_running_one_says_so(tmp_path: Path) -> None:
    with launcher.start(tmp_path / "state") as running:
        told = _demo(tmp_path / "state")
        assert told.returncode == 1
        last = told.stdout.strip().splitlines()[-1]
        assert "an emulator is running" in last
        assert str(running.pid) in last
        assert running.address in last
        assert "make emulator-stop" in last
        assert launcher.attach(tmp_path / "state").pid == running.pid
