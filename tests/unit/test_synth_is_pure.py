"""The same input gives the same bytes, anywhere, without network and without credentials."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from stacks.platform import STACKS

pytestmark = pytest.mark.whole

PROJECT = Path(__file__).resolve().parents[2]
WHAT_SYNTH_READS = ("app.py", "cdk.json", "config", "constructs", "containers", "lambdas", "models", "stacks")

# Loaded first by every Python and every Node process of a synth: a connection, or the search for one, fails.
PYTHON_WITHOUT_NETWORK = """
import socket
def refuse(*arguments, **options):
    raise RuntimeError(f"synth asked for the network: {arguments}")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""
NODE_WITHOUT_NETWORK = """
const refuse = (...given) => { console.error('synth asked for the network', given); process.exit(97); };
require('net').Socket.prototype.connect = refuse;
require('dns').lookup = refuse;
"""


def _copy(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in WHAT_SYNTH_READS:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def _synth(folder: Path, **environment: str) -> Mapping[str, bytes]:
    """The assembly's files that are deployed, by name."""
    out = _run(folder, "app.py", **environment)
    deployed = [
        path for path in out.rglob("*") if path.is_file() and path.name.endswith((".template.json", ".assets.json"))
    ]
    assert len(deployed) == 2 * len(STACKS)  # a template and a list of assets for each
    return {str(path.relative_to(out)): path.read_bytes() for path in deployed}


def _run(folder: Path, app: str, **environment: str) -> Path:
    """The assembly of ``app``, which is run with these variables, those that every synth needs, and no others."""
    guard = folder.parent / f"{folder.name}-guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(PYTHON_WITHOUT_NETWORK)
    (guard / "guard.cjs").write_text(NODE_WITHOUT_NETWORK)
    out = folder / "cdk.out"
    subprocess.run(
        [*_without_network(), sys.executable, app],
        cwd=folder,
        check=True,
        timeout=900,
        env={
            "PATH": os.environ["PATH"],
            "CDK_OUTDIR": str(out),
            "CDK_CONTEXT_JSON": _context(folder),
            "CDK_VALIDATION": "false",
            # Unpacked once by whoever came first: what it holds depends on the version of aws-cdk-lib alone.
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(Path.home() / ".cache" / "aws" / "jsii" / "package-cache"),
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            "NODE_OPTIONS": f'--require "{guard}/guard.cjs"',
            "PYTHONPATH": os.pathsep.join([str(guard), str(folder / "constructs"), str(folder)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **environment,
        },
    )
    return out


@cache
def _without_network() -> list[str]:
    """What runs a program without a network, where the machine lets us; the guards are there everywhere."""
    isolated = ["unshare", "--map-root-user", "--net"]
    allowed = shutil.which("unshare") and subprocess.run([*isolated, "true"], check=False).returncode == 0
    return isolated if allowed else []


def _context(folder: Path) -> str:
    return json.dumps(json.loads((folder / "cdk.json").read_text())["context"])


def test_a_pipeline_takes_neither_network_nor_credentials_nor_region(tmp_path: Path) -> None:
    folder = _copy(tmp_path / "project")
    shutil.copytree(PROJECT / "examples", folder / "examples")
    out = _run(folder, "examples/notebook_to_production/app.py", HOME=str(tmp_path / "nobody"))
    [template] = out.glob("*.template.json")
    resources = json.loads(template.read_text())["Resources"].values()
    [pipeline] = [each for each in resources if each["Type"] == "AWS::SageMaker::Pipeline"]
    body, values = pipeline["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]["Fn::Sub"]
    assert [step["Name"] for step in json.loads(body.replace("${!", "${"))["Steps"]] == ["Train", "Report"]
    assert {"Ref": "AWS::Region"} in values.values() or "${AWS::Region}" in body


def test_folder_user_clock_and_file_times_leave_no_trace(tmp_path: Path) -> None:
    here = _copy(tmp_path / "here")
    there = _copy(tmp_path / "a folder with another name" / "and depth")
    for path in there.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    first = _synth(here, USER="ada", HOME=str(tmp_path / "ada"), TZ="UTC", LANG="C.UTF-8")
    second = _synth(there, USER="grace", HOME=str(tmp_path / "grace"), TZ="Pacific/Auckland", LANG="C")
    assert first == second
    assert not any(str(tmp_path).encode() in content for content in first.values())


def test_the_guard_against_the_network_does_guard(tmp_path: Path) -> None:
    folder = _copy(tmp_path / "project")
    application = folder / "app.py"
    application.write_text(
        application.read_text().replace(
            "    app = cdk.App()", "    import socket; socket.create_connection(('127.0.0.1', 9)); app = cdk.App()"
        )
    )
    with pytest.raises(subprocess.CalledProcessError):
        _synth(folder)
