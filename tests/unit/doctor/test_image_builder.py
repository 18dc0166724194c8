"""What the check of the image builder says of the programs that it finds, which are real processes here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.doctor.assemblies import write_assembly
from sagemaker_constructs.doctor.account import Account
from sagemaker_constructs.doctor.check import CheckState
from sagemaker_constructs.doctor.checks.image_builder import ImageBuilderCheck
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment

_TOLD: Mapping[str, Any] = {"directory": ".", "dockerOutputs": ["type=docker,oci-mediatypes=false"]}
_UNTOLD: Mapping[str, Any] = {"directory": "."}


def _program(folder: Path, name: str, **answers: str) -> None:
    """A builder that answers its first word as told, and fails at any other."""
    cases = "\n".join(
        f"  {word}) echo '{answer}'; exit {1 if answer.startswith('!') else 0};;" for word, answer in answers.items()
    )
    path = folder / name
    path.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}\nesac\nexit 1\n')
    path.chmod(0o755)


def _wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: Mapping[str, Any], **variables: str
) -> dict[str, str]:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("CDK_DOCKER", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    [planned] = PlannedDeployment.read(write_assembly(tmp_path / "cdk.out", {"a": {}}, image=source))
    rows = ImageBuilderCheck().look(planned, Account.none("no account"))
    return {row.subject: row.remedy for row in rows if row.state is CheckState.WRONG}


def test_without_a_builder_another_one_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sagemaker_constructs.doctor.image_builder._KNOWN", ("finch", "podman"))
    assert "docs.docker.com" in _wrong(tmp_path, monkeypatch, _TOLD, CDK_DOCKER="no-builder")["builder"]
    _program(tmp_path, "finch", version="finch 1")
    assert _wrong(tmp_path, monkeypatch, _TOLD, CDK_DOCKER="no-builder") == {"builder": "export CDK_DOCKER=finch"}


def test_an_engine_that_does_not_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, "finch", version="!the virtual machine is stopped")
    assert _wrong(tmp_path, monkeypatch, _TOLD, CDK_DOCKER="finch") == {"builder": "finch vm start"}


def test_docker_needs_buildx_for_images_that_state_their_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, "docker", version="27")
    assert "buildx" in _wrong(tmp_path, monkeypatch, _TOLD)["manifest type"]
    _program(tmp_path, "docker", version="27", buildx="v0.17")
    assert _wrong(tmp_path, monkeypatch, _TOLD) == {}


def test_podman_does_not_understand_the_type_and_has_a_variable_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, "podman", version="5")
    assert set(_wrong(tmp_path, monkeypatch, _TOLD, CDK_DOCKER="podman")) == {"manifest type"}
    remedy = _wrong(tmp_path, monkeypatch, _UNTOLD, CDK_DOCKER="podman")["manifest type"]
    assert remedy == "export BUILDAH_FORMAT=docker"
    assert _wrong(tmp_path, monkeypatch, _UNTOLD, CDK_DOCKER="podman", BUILDAH_FORMAT="docker") == {}


def test_docker_with_containerd_pushes_oci_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, "docker", version="29", buildx="v0.20", info="[[driver-type io.containerd.snapshotter.v1]]")
    assert set(_wrong(tmp_path, monkeypatch, _UNTOLD)) == {"manifest type"}
    assert _wrong(tmp_path, monkeypatch, _TOLD) == {}


def test_another_platform_has_to_be_emulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = {**_TOLD, "platform": "linux/riscv64"}
    _program(tmp_path, "docker", version="27", buildx="Platforms: linux/amd64, linux/arm64")
    wrong = _wrong(tmp_path, monkeypatch, source)
    assert wrong == {"platform linux/riscv64": "docker run --privileged --rm tonistiigi/binfmt --install riscv64"}
    _program(tmp_path, "docker", version="27", buildx="Platforms: linux/amd64, linux/riscv64")
    assert _wrong(tmp_path, monkeypatch, source) == {}
