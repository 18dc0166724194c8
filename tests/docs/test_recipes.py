"""The recipes of CONTRIBUTING.md are true: a commit of the history shows each, within its number of files."""

import re
import subprocess
from fnmatch import fnmatch

import pytest

from harness.documents import PROJECT, rows

LIMITS = {"add-a-setting": 4, "add-a-kind-of-job": 3, "add-a-capability": 6, "add-a-rule": 4, "release": 3}
"""Files that a recipe may touch by hand."""

GENERATED = ("config/schema.json", "docs/aws-rules.md", "docs/configuration.md", "tests/snapshot/templates/*")
"""Written by make schema and make snapshots."""

PAGE = PROJECT / "CONTRIBUTING.md"


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def _commits(recipe: str) -> list[str]:
    return _git("log", "--format=%H", "--extended-regexp", f"--grep=^Recipe: {recipe}$")


def _by_hand(paths: list[str]) -> list[str]:
    return [path for path in paths if not any(fnmatch(path, pattern) for pattern in GENERATED)]


def _files(commit: str) -> list[str]:
    """What the commit touches; a file that moved counts once."""
    changes = _git("show", "--format=", "--name-status", "--find-renames", commit)
    return [change.split("\t")[-1] for change in changes if change]


def test_the_page_states_the_limits() -> None:
    stated = {recipe.strip("`"): int(files) for recipe, files in rows(PAGE, "recipe", "files by hand")}
    assert stated == LIMITS


def test_each_recipe_has_a_section() -> None:
    headings = re.findall(r"^### (.+)$", PAGE.read_text(), re.MULTILINE)
    assert [heading.lower().replace(" ", "-") for heading in headings] == list(LIMITS)


@pytest.mark.parametrize("recipe", LIMITS)
def test_a_worked_example_stays_within_its_files(recipe: str) -> None:
    for commit in _commits(recipe):
        by_hand = _by_hand(_files(commit))
        assert 0 < len(by_hand) <= LIMITS[recipe], (commit, by_hand)


def test_no_recipe_is_without_its_worked_example() -> None:
    without = [recipe for recipe in LIMITS if not _commits(recipe)]
    assert not without, without


def test_generated_files_do_not_count() -> None:
    touched = ["config/schema.json", "tests/snapshot/templates/dev-training.json", "stacks/platform.py"]
    assert _by_hand(touched) == ["stacks/platform.py"]
