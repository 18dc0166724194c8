"""The environment that wrote a model is the one that loads it, in both images."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Serve, Trained

Changed = Callable[[str, str], Path]


@pytest.fixture(params=["tabular", "pytorch"])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def role_image(name: str, request: pytest.FixtureRequest) -> LocalImage:
    return request.getfixturevalue("image" if name == "tabular" else "pytorch_image")


@pytest.fixture
def role_model(name: str, request: pytest.FixtureRequest) -> Path:
    trained: Trained = request.getfixturevalue("trained" if name == "tabular" else "pytorch_trained")
    return trained.base / "model"


@pytest.fixture
def changed(role_model: Path, tmp_path: Path) -> Changed:
    """A copy of the model that says something else of the environment it comes from."""

    def change(member: str, value: str) -> Path:
        copy = shutil.copytree(role_model, tmp_path / "model")
        described = json.loads((copy / "model.json").read_text())
        (copy / "model.json").write_text(json.dumps(described | {member: value}))
        return tmp_path

    return change


def version(image: LocalImage) -> str:
    done = subprocess.run([image.python, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[1]


def test_the_serving_environment_is_the_one_that_trained(
    role_image: LocalImage, role_model: Path, start_server: Serve, tmp_path: Path
) -> None:
    described = json.loads((role_model / "model.json").read_text())
    lock = (role_image.context / "requirements.txt").read_bytes()
    assert described["lock_digest"] == hashlib.sha256(lock).hexdigest()
    # The environment is named after the lock that it was installed from.
    assert described["lock_digest"][:12] in role_image.python.parts[-3]
    assert described["python_version"] == version(role_image)
    shutil.copytree(role_model, tmp_path / "model")
    server = start_server(tmp_path, of=role_image, LOCK_MISMATCH="refuse")
    assert server.request("GET", "/ping").status == 200
    assert "was trained with lock" not in server.log


def test_a_model_of_another_lock_is_served_with_a_warning(
    role_image: LocalImage, changed: Changed, start_server: Serve
) -> None:
    warned = start_server(changed("lock_digest", "0" * 64), of=role_image)
    assert "the model was trained with lock 000000000000" in warned.log


def test_a_model_of_another_python_is_refused(role_image: LocalImage, changed: Changed, start_server: Serve) -> None:
    base = changed("python_version", "3.9.1")
    refused = start_server(base, of=role_image, ready=False, LOCK_MISMATCH="refuse")
    assert refused.process.wait(300) == 1
    assert "(Python 3.9.1)" in refused.log
    assert "and LOCK_MISMATCH=refuse" in refused.log
