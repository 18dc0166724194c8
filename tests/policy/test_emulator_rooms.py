"""The emulator's rooms: imports go downwards, and no folder becomes a heap of modules or of scraps."""

import configparser
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
MOST_MODULES = 15
FEWEST_LINES = 30

SHORT: Mapping[str, str] = {
    "emulator/containers/errors.py": "one public class, which every module about containers raises",
    "emulator/ministack/scope.py": "one public class, which everything that keeps records names",
    "emulator/services/clock.py": "one public function, which three services and the endpoints wait by",
    "emulator/shapes/errors.py": "one public class, which every emulated API raises",
}
"""Modules that may be short, and why."""


def _contracts() -> list[str]:
    settings = configparser.ConfigParser()
    settings.read(PROJECT / ".importlinter")
    prefix = "importlinter:contract:"
    return [name.removeprefix(prefix) for name in settings.sections() if name.startswith(f"{prefix}emulator-")]


def _modules(folder: str) -> Iterator[Path]:
    return (path for path in (PROJECT / folder).rglob("*.py") if "cdk.out" not in path.parts)


def test_contracts_are_kept() -> None:
    chosen = [word for name in _contracts() for word in ("--contract", name)]
    assert chosen
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo", *chosen]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", ["emulator", "tests/emulator"])
def test_folders_hold_few_modules(folder: str) -> None:
    counted: dict[str, int] = {}
    for path in _modules(folder):
        if path.name != "__init__.py":
            place = path.parent.relative_to(PROJECT).as_posix()
            counted[place] = counted.get(place, 0) + 1
    assert {place: count for place, count in counted.items() if count > MOST_MODULES} == {}


def test_modules_are_no_scraps() -> None:
    short = {
        path.relative_to(PROJECT).as_posix()
        for path in _modules("emulator")
        if path.name not in ("__init__.py", "__main__.py") and len(path.read_text().splitlines()) < FEWEST_LINES
    }
    assert short == set(SHORT)
