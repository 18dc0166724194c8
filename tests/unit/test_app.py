"""app.py as the CDK's command line runs it: a mistake is one line on standard error, and nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.project_copy import change, copy_project


def _run(folder: Path, **context: str) -> subprocess.CompletedProcess[str]:
    pairs = ",".join(f'"{key}": "{value}"' for key, value in context.items())
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        env={
            **os.environ,
            "CDK_CONTEXT_JSON": f"{{{pairs}}}",
            "CDK_OUTDIR": str(folder / "cdk.out"),
            "PYTHONPATH": os.pathsep.join([str(folder), str(folder / "constructs")]),
        },
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path / "project")


@pytest.mark.whole
def test_ten_faults_in_one_file_are_ten_lines(project: Path) -> None:
    config = project / "config" / "dev.yaml"
    change(config, "platform: ml-platform\n", "platform: ML_Platform\n")
    change(config, "region: us-east-1", "region: us-east-7")
    change(config, "cost-center:", "aws:cost-center:")
    change(config, "availability_zones: 2", "availability_zones: 9")
    change(
        config,
        "image: containers/tabular\n  instance_type: ml.m5.large",
        "image: containers/tabuler\n  instance_type: ml.m5.larg",
    )
    change(config, "max_runtime_minutes: 30", "max_runtime_minute: 30")
    change(config, "instance_type: ml.c6i.large", "instance_type: ml.c6i.larg")
    change(
        config,
        "instances: {minimum: 1, maximum: 2}\n        weight",
        "instances: {minimum: 3, maximum: 2}\n        weight",
    )
    change(config, "percent: 100        #", "percent: 101        #")
    run = _run(project)
    lines = run.stderr.strip().splitlines()
    assert run.returncode == 1
    assert len(lines) == 10, run.stderr
    assert all("config/dev.yaml:" in line for line in lines)
    assert run.stdout == ""


@pytest.mark.whole
def test_an_environment_without_a_file_names_those_that_have_one(project: Path) -> None:
    run = _run(project, environment="preview")
    assert run.returncode == 1
    [line] = run.stderr.strip().splitlines()
    assert "preview.yaml: no such file" in line
    assert "dev.yaml" in line


@pytest.mark.whole
def test_what_only_the_constructs_know_is_one_line_too(project: Path) -> None:
    stacks = project / "stacks"
    original = stacks.resolve()
    stacks.unlink()
    shutil.copytree(original, stacks, ignore=shutil.ignore_patterns("__pycache__"))
    change(stacks / "serving" / "shadow_test" / "stack.py", 'name="Shadow"', 'name="bad_name"')
    run = _run(project)
    assert run.returncode == 1
    [line] = run.stderr.strip().splitlines()
    assert line.startswith("dev/shadow-test/Endpoint: shadow[0].name must be")
