"""The program in `CDK_DOCKER`, called as the CDK CLI calls it."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.images.store import ImageStore
from harness.containers.tabular_image import PROJECT, TABULAR

DOCKER = PROJECT / "emulator" / "bin" / "docker"
REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/cdk-assets"
Docker = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    """Run the program in the tabular folder, with a store of its own and the shared environments."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "environments").symlink_to(PROJECT / ".emulator" / "environments")

    def run(*arguments: str, stdin: str = "", cwd: Path = TABULAR) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [DOCKER, *arguments],
            cwd=cwd,
            env={"PATH": os.environ["PATH"], "EMULATOR_IMAGE_ROOT": str(root)},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    return run


def test_the_calls_of_a_deployment(docker: Docker) -> None:
    asset, uri = "cdkasset-0123abc", f"{REPOSITORY}:0123abc"
    login = docker("login", "--username", "AWS", "--password-stdin", "localhost:4566", stdin="secret")
    assert (login.returncode, login.stdout) == (0, "Login Succeeded\n")
    assert docker("inspect", asset).returncode == 1
    options = ["--build-arg", "A=b", "--tag", asset, "--file", "Dockerfile", "--platform", "linux/amd64"]
    options += ["--build-context", "serving=../serving", "--build-context", "jobs=../jobs"]
    built = docker("build", *options, ".")
    assert built.returncode == 0, built.stderr
    assert docker("tag", asset, uri).returncode == 0
    pushed = docker("push", uri)
    assert pushed.stdout.startswith("0123abc: digest: sha256:")
    listing = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=*/*:0123abc")
    assert listing.stdout == f"{uri}\n"
    described = json.loads(docker("--config", "/nowhere", "inspect", uri).stdout)[0]
    assert described["Config"]["Entrypoint"] == ["python", "-m", "tabular"]
    assert described["Id"] == built.stdout.strip()


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["run", "image"], 2, "invalid choice: 'run'"),
        (
            ["build", "--output=type=tar", "."],
            2,
            "argument --output: must have type=docker or type=image, got: type=tar",
        ),
        (["push", "nothing"], 1, "no such image: nothing"),
        (["tag", "nothing", "x"], 1, "no such image: nothing"),
    ],
)
def test_what_it_cannot_do_fails_clearly(docker: Docker, arguments: list[str], code: int, reason: str) -> None:
    done = docker(*arguments)
    assert done.returncode == code
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_folder_without_dockerfile_fails_clearly(docker: Docker, tmp_path: Path) -> None:
    done = docker("build", "--tag", "x", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"docker (emulator): {tmp_path}/Dockerfile: no such Dockerfile\n"


def test_a_lock_that_is_not_there_fails_clearly(docker: Docker) -> None:
    options = ["--build-context", "serving=../serving", "--build-context", "jobs=../jobs"]
    done = docker("build", "--build-arg", "LOCK=requirements-gpu.txt", *options, "--tag", "x", ".")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the lock of build argument LOCK is missing: requirements-gpu.txt" in done.stderr


@pytest.mark.parametrize(
    ("outputs", "format_"),
    [([], "oci.image.manifest.v1+json"), (["--output=type=docker,oci-mediatypes=false"], "docker.distribution")],
)
def test_a_builder_that_is_told_nothing_writes_oci_s_media_types(
    docker: Docker, tmp_path: Path, outputs: list[str], format_: str
) -> None:
    contexts = ["--build-context", "serving=../serving", "--build-context", "jobs=../jobs"]
    assert docker("build", *outputs, *contexts, "--tag", "built", ".").returncode == 0
    docker("tag", "built", f"{REPOSITORY}:pushed")
    known = ImageStore(tmp_path / "root").find_reference(f"{REPOSITORY}:pushed")
    assert known is not None
    assert format_ in known.media_type


def test_modules_in_the_build_context_are_not_imported(docker: Docker, tmp_path: Path) -> None:
    (tmp_path / "argparse.py").write_text("raise SystemExit('the context was imported')")
    assert "no such Dockerfile" in docker("build", "--tag", "x", ".", cwd=tmp_path).stderr
