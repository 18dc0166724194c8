"""The unmodified `cdk` command line, which reaches the shared emulator."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.launcher import PROJECT, RunningEmulator
from harness.containers.echo_image import write_echo
from harness.published_stack import Cdk

_APP = Path(__file__).parent / "cdk_app" / "app.py"


@pytest.fixture
def cdk(emulator: RunningEmulator, tmp_path: Path) -> Cdk:
    """Runs the command line in a folder of its own, by default with the program of a stage of two stacks."""
    settings = {
        "IMAGE_FOLDER": str(write_echo(tmp_path / "image")),
        "MARK": "first",
        "INSTANCE_TYPE": "ml.m5.large",
        "CDK_VALIDATION": "false",
    }

    def run(*arguments: str, program: Path = _APP, **changed: str) -> subprocess.CompletedProcess[str]:
        command = [str(PROJECT / "node_modules" / ".bin" / "cdk"), *arguments]
        given = arguments[0] == "bootstrap" or "--app" in arguments
        return subprocess.run(
            command if given else [*command, "--app", f"exec {shlex.join([sys.executable, str(program)])}"],
            cwd=tmp_path,
            env={**emulator.environment(os.environ), **settings, **changed},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )

    return run
