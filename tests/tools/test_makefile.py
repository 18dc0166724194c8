"""The Makefile is a table of contents, and what it calls does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.images.environments import EnvironmentCache
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
        timeout=120,
    )
    assert made.returncode != 0
    assert made.stdout.startswith(f"Setting up {stamp.parent} with")
    assert not stamp.exists()
