"""What the demo says of a command line that failed."""

import os
from pathlib import Path

import pytest

from demo.cdk_cli import CdkCli
from demo.failure import DemoFailure

CHAINED = """
def inner():
    raise KeyError("image")
try:
    inner()
except KeyError as error:
    raise RuntimeError("the image of Champion is missing\\nand more of it") from error
"""


def _failure(tmp_path: Path, program: str, *, silence_seconds: int = 60) -> str:
    """The reason that is told when a command line of ``program`` has been run."""
    executable = tmp_path / "cdk"
    # The kernel splits what follows #! at a space.
    executable.write_text(f"#!/usr/bin/env python3\n{program}")
    executable.chmod(0o755)
    cdk = CdkCli(executable=executable, environment=os.environ, logs=tmp_path, alive=lambda: True)
    with pytest.raises(DemoFailure) as failed:
        cdk.run("deploy", [], folder=tmp_path, timeout_seconds=60, silence_seconds=silence_seconds)
    return str(failed.value)


def test_the_last_exception_is_the_reason(tmp_path: Path) -> None:
    told = _failure(tmp_path, CHAINED)
    assert told.startswith("cdk deploy failed: RuntimeError: the image of Champion is missing (see ")


def test_the_exception_comes_before_what_the_command_line_says_of_it(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys\n"
        f"subprocess.run([sys.executable, '-c', {CHAINED!r}])\n"
        "sys.exit('python app.py: Subprocess exited with error 1')"
    )
    assert "failed: RuntimeError: the image of Champion" in _failure(tmp_path, program)


def test_a_failed_resource_is_the_reason_where_there_is_no_exception(tmp_path: Path) -> None:
    program = "import sys\nprint('one line')\nprint('CREATE_FAILED  Endpoint')\nsys.exit('the last line')"
    assert "failed: CREATE_FAILED  Endpoint (see" in _failure(tmp_path, program)


def test_a_command_line_that_falls_silent_is_stopped(tmp_path: Path) -> None:
    told = _failure(tmp_path, "import time\nprint('here', flush=True)\ntime.sleep(300)", silence_seconds=1)
    assert "cdk deploy was stopped: it said nothing for 1 s" in told
