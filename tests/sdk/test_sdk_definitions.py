"""Definitions of the SageMaker Python SDK that unit tests compare with are what the SDK says, without a network."""

import subprocess

import pytest

from harness.documents import PROJECT
from harness.workflow import KEPT

PYTHON = PROJECT / ".venv-sdk" / "bin" / "python"


@pytest.mark.whole
def test_the_sdk_defines_them_without_credentials_and_without_a_network() -> None:
    command = ["unshare", "--map-root-user", "--net", PYTHON, PROJECT / "tests" / "sdk" / "definitions.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    assert done.stdout == KEPT.read_text(encoding="utf-8"), f"Write it to {KEPT}"
