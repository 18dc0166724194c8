"""The house is cut into rooms: who imports whom, how many modules a folder holds, and one meaning for each name."""

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from harness.rooms import MODULES_PER_FOLDER, SHORT

PROJECT = Path(__file__).resolve().parents[2]
TREES = (
    *("benchmarks", "constructs", "containers", "demo", "emulator", "examples", "lambdas", "models", "stacks"),
    *("tests", "tools"),
)
ONE_VOCABULARY = ("constructs", "emulator", "lambdas", "stacks")
SHORT_LINES = 30
APART = ("__init__.py", "__main__.py", "conftest.py")


@cache
def _modules() -> tuple[Path, ...]:
    """Every module that a reader has to know: packages' own files and the entry points aside."""
    found = (path.relative_to(PROJECT) for tree in TREES for path in sorted((PROJECT / tree).rglob("*.py")))
    return tuple(path for path in found if path.name not in APART and not any(part[0] == "." for part in path.parts))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse((PROJECT / path).read_text())


def _public(path: Path, kind: type[ast.ClassDef] | type[ast.FunctionDef]) -> Iterator[str]:
    for node in _tree(path).body:
        if isinstance(node, kind) and not node.name.startswith("_") and node.name != "main":
            yield node.name


def _lint(config: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--config", config, "--no-cache"], cwd=PROJECT, capture_output=True, text=True, timeout=120
    )


def test_imports_keep_the_contracts() -> None:
    linted = _lint(PROJECT / ".importlinter")
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("    storage\n    core\n", "    core\n    storage\n"),
        ("    endpoints\n    rollouts\n", "    rollouts\n    endpoints\n"),
        ("    cost | fleet", "    fleet"),
    ],
)
def test_contracts_that_do_not_hold_are_broken(tmp_path: Path, right: str, wrong: str) -> None:
    text = (PROJECT / ".importlinter").read_text()
    assert right in text
    config = tmp_path / ".importlinter"
    config.write_text(text.replace(right, wrong))
    linted = _lint(config)
    assert linted.returncode == 1
    assert "BROKEN" in linted.stdout


def test_a_folder_holds_no_more_modules_than_one_reads() -> None:
    found = Counter(str(path.parent) for path in _modules())
    crowded = {folder: count for folder, count in found.items() if count > MODULES_PER_FOLDER}
    assert crowded == {}, f"at most {MODULES_PER_FOLDER} modules in a folder: cut a room"


def _short() -> set[str]:
    found: set[str] = set()
    for path in _modules():
        # The thin entry point of each function, which Lambda names.
        if path.match("lambdas/*/handler.py"):
            continue
        lines = len((PROJECT / path).read_text().splitlines())
        if path.parts[0] != "tests" and lines < SHORT_LINES and not [*_public(path, ast.ClassDef)]:
            found.add(str(path))
    return found


def test_a_short_module_is_a_public_class_or_has_a_reason() -> None:
    assert _short() - SHORT.keys() == set(), "merge it, or say in tests/harness/rooms.py why it stands alone"


def test_a_class_name_has_one_meaning() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in _modules():
        if path.parts[0] in ONE_VOCABULARY:
            for name in _public(path, ast.ClassDef):
                found[name].append(str(path))
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def test_a_function_of_the_library_or_the_platform_has_a_name_of_its_own() -> None:
    found: Counter[str] = Counter()
    for path in _modules():
        if path.parts[0] in ("constructs", "stacks"):
            found.update(_public(path, ast.FunctionDef))
    assert [name for name, count in found.items() if count > 1] == []


def test_no_exception_is_left_that_nothing_needs() -> None:
    assert sorted(SHORT.keys() - _short()) == [], "take it out of tests/harness/rooms.py"


def test_the_exceptions_do_not_grow() -> None:
    assert len(SHORT) <= 24
