"""The Makefile is a table of contents, and what it calls does what it says."""

import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emulator.images.environments import EnvironmentCache
from harness.aws_clients import wait_for
from tools import machine, set_up
from tools.check_types import fingerprint
from tools.image_environment import CONTAINERS, LOCKS, interpreter

PROJECT = Path(__file__).resolve().parents[2]
MAKEFILE = (PROJECT / "Makefile").read_text()
RECIPES = re.findall(r"^(\S[^\n]*:[^\n=]*)\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)


def test_a_recipe_is_two_lines_or_lies_in_tools() -> None:
    assert len(RECIPES) > 20
    # npm ci needs no tool of ours: what it installs, and the stamp.
    assert [rule for rule, lines in RECIPES if lines.count("\n") > 2] == ["$(NODE): package-lock.json"]


def test_what_help_shows_is_no_file() -> None:
    shown = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE))
    [phony] = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)", MAKEFILE, re.MULTILINE)
    assert shown | {"help"} <= set(phony.replace("\\\n", " ").split())


@pytest.mark.parametrize("image", LOCKS)
def test_an_image_s_interpreter_is_where_the_emulator_makes_it(image: str) -> None:
    cache = EnvironmentCache(PROJECT / ".emulator" / "environments")
    assert cache.python(image, CONTAINERS / image / LOCKS[image]) == interpreter(image)


def test_what_a_type_checker_reads_changes_the_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("x = 1\n")
    before = fingerprint(tmp_path)
    (tmp_path / "notes.md").write_text("x\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "other.py").write_text("x = 1\n")
    assert fingerprint(tmp_path) == before
    (tmp_path / "module.py").write_text("x = 2\n")
    assert fingerprint(tmp_path) != before


def test_an_environment_that_cannot_be_made_has_no_stamp(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("./missing-folder\n")
    stamp = tmp_path / "environment" / ".provisioned"
    made = subprocess.run(
        [sys.executable, "-m", "tools.set_up", stamp, tmp_path / "requirements.txt"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert made.returncode != 0
    assert made.stdout.startswith(f"Setting up {stamp.parent} with")
    assert not stamp.exists()


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """The Makefile in a folder with a space, where nothing has been set up."""
    folder = tmp_path / "my project"
    folder.mkdir()
    shutil.copy(PROJECT / "Makefile", folder)
    shutil.copytree(PROJECT / "tools", folder / "tools")
    return folder


def _pretend(folder: Path, program: str, version: str) -> Path:
    """A folder for PATH with a ``program`` that says ``version``."""
    programs = folder / "other programs"
    programs.mkdir()
    (programs / program).write_text(f"#!/bin/sh\necho {version}\n")
    (programs / program).chmod(0o755)
    return programs


def _make(folder: Path, *arguments: str, first_on_path: Path | None = None) -> "subprocess.CompletedProcess[str]":
    path = [str(first_on_path)] if first_on_path else []
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        env={"PATH": os.pathsep.join([*path, os.environ["PATH"]])},
    )


@pytest.mark.parametrize(
    ("program", "says", "told"),
    [
        (
            "python3",
            "Python 3.11.4 or later is required: it is 3.11.2",
            "Python 3.11.4 or later is required: it is 3.11.2",
        ),
        ("node", "v18.20.4", "Node.js 20 or later is required: node is v18.20.4."),
    ],
)
def test_what_is_missing_is_one_line_before_any_set_up(stranger: Path, program: str, says: str, told: str) -> None:
    refused = _make(stranger, "demo", first_on_path=_pretend(stranger.parent, program, says))
    assert refused.returncode != 0
    assert refused.stdout == ""
    [line] = refused.stderr.splitlines()
    assert told in line
    assert sorted(path.name for path in stranger.iterdir()) == ["Makefile", "tools"]


def test_a_python_that_does_not_exist_is_one_line(stranger: Path) -> None:
    [line] = _make(stranger, "demo", "PYTHON=python9").stderr.splitlines()
    assert f"Python {machine.PYTHON} or later is required: python9 is none" in line


PLAYED_DEMO = """
import pathlib, sys, time
if "second" in str(pathlib.Path("role").read_text()):
    pathlib.Path(sys.argv[-1]).write_text("The demo stopped: another one, which is $(running), says so")
    sys.exit(1)
pathlib.Path("role").write_text("second")
end = time.monotonic() + 300
while not pathlib.Path("second-ended").exists() and time.monotonic() < end:
    time.sleep(0.05)
"""


def test_a_second_demo_that_fails_leaves_the_first_alone(stranger: Path) -> None:
    (stranger / "demo").mkdir()
    (stranger / "demo" / "__main__.py").write_text(PLAYED_DEMO)
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml", "package-lock.json"):
        (stranger / name).touch()
    (stranger / "emulator").mkdir()
    (stranger / "emulator" / "requirements.txt").touch()
    for stamp in (".venv/.provisioned", ".venv-emulator/.provisioned", "node_modules/.provisioned"):
        (stranger / stamp).parent.mkdir()
        suffix = "" if stamp.startswith("node") else f"-{platform.python_version()}"
        (stranger / f"{stamp}{suffix}").touch()
    role = stranger / "role"
    role.write_text("first")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_make, stranger, "demo")
        wait_for(role.read_text, lambda text: text == "second")
        second = _make(stranger, "demo")
        (stranger / "second-ended").touch()
    assert "another one, which is $(running), says so" in second.stderr.splitlines()[-1]
    assert second.returncode != 0
    assert first.result().returncode == 0, first.result().stderr
    assert list((stranger / ".emulator").iterdir()) == []


def test_whoever_cannot_be_asked_says_yes_beforehand() -> None:
    for command, option in (("deploy", "--require-approval never"), ("destroy", "--force")):
        for arguments, expected in (((), False), (("YES=1",), True)):
            printed = subprocess.run(
                ["make", "--dry-run", command, *arguments], cwd=PROJECT, capture_output=True, text=True, timeout=60
            )
            assert (option in printed.stdout) is expected


def test_an_old_make_is_told_so(stranger: Path) -> None:
    [line] = _make(stranger, "demo", ".FEATURES=", "MAKE_VERSION=3.81").stderr.splitlines()
    assert "GNU make 4 or later is required: make is 3.81" in line


def test_help_is_there_on_every_machine(stranger: Path) -> None:
    shown = _make(stranger, "help", "PYTHON=python9")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "make" not in shown.stdout.splitlines()[0]


def test_a_python_without_the_filter_of_archives_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.lacking() == ""
    monkeypatch.delattr(tarfile, "data_filter")
    assert f"Python {machine.PYTHON} or later is required: {sys.executable} is 3." in machine.lacking()


def test_a_machine_without_npm_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert machine.lacking().startswith("Node.js 20 or later is required: there is no node.")


def test_set_up_shows_where_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = tmp_path / "here-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("here-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: here\nVersion: 1.0\n")
        archive.writestr("here-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("here-1.0.dist-info/RECORD", "")
    (tmp_path / "requirements.txt").write_text(f"{wheel}\n")
    set_up.set_up(tmp_path / "environment" / ".provisioned", tmp_path / "requirements.txt")
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("Setting up ")
    assert told[-1] == "  environment, 1 packages: Installing collected packages: here"


def test_only_an_environment_of_another_python_is_made_anew(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "pip").touch()
    (environment / "bin" / "python").write_text("#!/bin/sh\necho 3.11.0\n")
    (environment / "bin" / "python").chmod(0o755)
    (environment / ".development-3.11.0").touch()
    (tmp_path / "requirements.txt").write_text("")
    set_up.set_up(environment / ".provisioned", tmp_path / "requirements.txt")
    asked = [environment / "bin" / "python", "-c", "import platform; print(platform.python_version())"]
    assert subprocess.run(asked, capture_output=True, text=True).stdout.strip() == platform.python_version()
    assert not (environment / ".development-3.11.0").exists()
    # The environment of this Python is kept.
    set_up.set_up(environment / ".development", tmp_path / "requirements.txt")
    assert (environment / ".provisioned").exists()
