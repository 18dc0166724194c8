"""`make images`: what it asks buildah for, and what it borrows of the machine."""

from pathlib import Path

import pytest

from tools.images.build import build
from tools.images.commands import CommandError, run
from tools.images.host_settings import borrowed

DOCKERFILE = """ARG BASE_IMAGE
FROM ${BASE_IMAGE} AS environment
RUN true
FROM ${BASE_IMAGE}
COPY --from=environment /opt/venv /opt/venv
COPY --from=serving serving /opt/program/serving
COPY own /opt/program/own
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_folders_beside_the_image_become_build_contexts_and_stages_do_not(programs: Path, tmp_path: Path) -> None:
    program(programs, "buildah", f'printf "%s\\n" "$@" > {tmp_path / "asked"}')
    folder = tmp_path / "containers" / "own"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    image = build(folder, base="base:1", arguments={"LOCK": "cpu.txt"}, options=[], log=tmp_path / "log")
    asked = (tmp_path / "asked").read_text().split()
    assert image == "localhost/own"
    contexts = [asked[place + 1] for place, word in enumerate(asked) if word == "--build-context"]
    assert contexts == [f"serving={tmp_path}/containers/serving"]
    assert [word for word in asked if "=" in word][1:] == ["BASE_IMAGE=base:1", "LOCK=cpu.txt"]


def test_a_failed_command_says_why_and_where_the_rest_is(programs: Path, tmp_path: Path) -> None:
    program(programs, "breaks", "echo first; echo the reason >&2; exit 3")
    log = tmp_path / "log"
    with pytest.raises(CommandError, match=r"breaks now ended with 3: .*the reason.*log"):
        run(["breaks", "now"], log)
    assert log.read_text().splitlines()[0] == "$ breaks now"


def test_certificates_and_settings_of_pip_are_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = tmp_path / "wheels"
    index = tmp_path / "index" / "simple"
    for folder in (wheels, index):
        folder.mkdir(parents=True)
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"file://{index}")
    options = borrowed(tmp_path)
    mounts = [option for option in options if option != "--volume"]
    assert f"{tmp_path}/pip.conf:/etc/pip.conf:ro" in mounts
    assert f"{wheels}:{wheels}:ro" in mounts
    assert f"{index.parent}:{index.parent}:ro" in mounts
    assert f"find-links = {wheels}" in (tmp_path / "pip.conf").read_text()
