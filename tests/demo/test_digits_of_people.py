"""The demo of labels, as `make demo-data` runs it: people label at both engines, and models learn of it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.launcher import PROJECT


@pytest.mark.whole
def test_a_hundred_digits_are_labeled_twice_and_a_model_of_them_reads_better(tmp_path: Path) -> None:
    state = tmp_path / "state"
    command = [sys.executable, "-m", "demo.people", "--state", str(state)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=3000)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    rows = re.findall(r"│ (Label Studio|Ground Truth) .*│ (.*?) │ +([\d.]+)% │ +([\d.]+)% │", done.stdout)
    assert [(engine, labels.strip()) for engine, labels, _, _ in rows] == [
        ("Label Studio", "100, 100 right"),
        ("Ground Truth", "100, 100 right"),
    ]
    for _, _, few, everything in rows:
        assert float(few) + 3 < float(everything)
        assert float(everything) > 75
    assert (state / "what-bob-saw.png").read_bytes().startswith(b"\x89PNG")
