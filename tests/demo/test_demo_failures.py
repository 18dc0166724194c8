"""What a demo says when it cannot go on: the reason on the last line, and a code that is not zero."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo.failure import DemoFailure
from demo.steps import configured
from emulator import launcher
from emulator.launcher import EmulatorError
from harness.project_copy import PROJECT


def _start(state: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "demo", "--state", str(state)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "300"},
    )


def test_a_second_demo_beside_a_running_one_says_so(tmp_path: Path) -> None:
    with launcher.start(tmp_path / "state") as running:
        demo = _start(tmp_path / "state")
        last = demo.communicate(timeout=900)[0].strip().splitlines()[-1]
        assert demo.returncode == 1
        assert "an emulator is running" in last
        assert str(running.pid) in last
        assert running.address in last
        assert "make emulator-stop" in last
        assert launcher.attach(tmp_path / "state").pid == running.pid


def test_the_end_of_the_emulator_in_the_middle_of_a_deploy_is_told_at_once(tmp_path: Path) -> None:
    state = tmp_path / "state"
    demo = _start(state)
    _wait_for(state / "cdk-deploy.log")
    os.kill(launcher.attach(state).pid, signal.SIGKILL)
    last = demo.communicate(timeout=900)[0].strip().splitlines()[-1]
    assert demo.returncode == 1
    assert "the embedded AWS ended in the middle of it; run make demo again" in last


def test_a_demo_that_was_killed_is_remembered_by_the_next(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "step-in-hand").write_text("cdk bootstrap")
    demo = _start(state)
    try:
        assert demo.stdout is not None
        assert "cut short at: cdk bootstrap" in demo.stdout.readline()
        assert "start the embedded AWS" in demo.stdout.readline()
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=900)
    assert demo.returncode == 130
    with pytest.raises(EmulatorError, match="No emulator is running"):
        launcher.attach(state)


def _wait_for(path: Path, seconds: float = 900) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not appear"
        time.sleep(0.1)


def test_every_mistake_of_the_configuration_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config").mkdir()
    wrong = (PROJECT / "config" / "dev.yaml").read_text().replace("region: us-east-1", "region: us-esat-1")
    (tmp_path / "config" / "dev.yaml").write_text(wrong.replace("memory_gb: 2", "memory_gb: 99"))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(DemoFailure, match=r"us-esat-1.* \(and 1 more\)$"):
        configured("dev")

    told = capsys.readouterr().err.splitlines()
    assert [": region: " in told[0], ": serving.serverless.memory_gb: " in told[1]] == [True, True]
