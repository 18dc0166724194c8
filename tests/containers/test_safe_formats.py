"""No code of ours, in images or beside them, loads a pickle."""

import ast
from pathlib import Path

import pytest

from harness.documents import PROJECT

LOADERS = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
IN_MEMORY = "emulator/ministack/state_copies.py"
"""What it reads it has written itself, and nothing of it leaves the process."""
SOURCES = sorted(
    path
    for folder in ("containers", "lambdas", "constructs", "stacks", "emulator")
    for path in (PROJECT / folder).rglob("*.py")
    if "node_modules" not in path.parts
)


def unsafe_calls(source: str) -> list[str]:
    """What in a program can load a pickle: imports of such modules, allow_pickle, torch.load of more than weights."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names):
                found += [each.name for each in names if each.name.partition(".")[0] in LOADERS]
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in LOADERS:
                found.append(module)
            case ast.Call(func=called, keywords=keywords):
                named = ast.unparse(called)
                given = {each.arg: ast.unparse(each.value) for each in keywords}
                if given.get("allow_pickle", "False") != "False":
                    found.append(f"{named}(allow_pickle)")
                if named.endswith("torch.load") and given.get("weights_only") != "True":
                    found.append(named)
                if named.endswith(("read_pickle", "import_module")) and "pickle" in ast.unparse(node):
                    found.append(named)
            case _:
                continue
    return found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import joblib", ["joblib"]),
        ("from pickle import loads", ["pickle"]),
        ("numpy.load(f, allow_pickle=True)", ["numpy.load(allow_pickle)"]),
        ("numpy.load(f, allow_pickle=wish)", ["numpy.load(allow_pickle)"]),
        ("torch.load(f)", ["torch.load"]),
        ("pandas.read_pickle(f)", ["pandas.read_pickle"]),
        ("numpy.load(f, allow_pickle=False); torch.load(f, weights_only=True)", []),
    ],
)
def test_the_search_finds_what_it_is_for(source: str, found: list[str]) -> None:
    assert unsafe_calls(source) == found


def test_no_code_of_ours_loads_a_pickle() -> None:
    assert any("serving" in path.parts for path in SOURCES)
    found = {str(path.relative_to(PROJECT)): calls for path in SOURCES if (calls := unsafe_calls(path.read_text()))}
    assert found == {IN_MEMORY: ["pickle"]}


def test_the_search_reads_every_program_of_the_images() -> None:
    images = {path.parent.name for path in (PROJECT / "containers").glob("*/Dockerfile")}
    searched = {path.relative_to(PROJECT / "containers").parts[0] for path in SOURCES if is_of_an_image(path)}
    assert images <= searched


def is_of_an_image(path: Path) -> bool:
    return path.is_relative_to(PROJECT / "containers")
