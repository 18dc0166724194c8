"""The starter project: whatever is answered, what is written passes its own tests and the policies of production."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from copier import run_copy

from harness.documents import PROJECT
from harness.installed_wheel import TEMPLATE, write_starter

SERVING = ("real_time", "serverless", "asynchronous")
pytestmark = pytest.mark.whole


def _run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(PROJECT / "constructs"), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:randomly"}
    # The policies are what is looked at: the tests of this project leave validation out.
    environment.pop("CDK_VALIDATION", None)
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("serving", SERVING)
def test_it_passes_its_own_tests_and_production_its_policies(tmp_path: Path, serving: str) -> None:
    project = write_starter(tmp_path / "mine", name="fraud", serving=serving)
    done = _run(project, "pytest", "--rootdir", project, "-c", project / "pytest.ini")
    assert done.returncode == 0, done.stdout
    assert "7 passed" in done.stdout
    styled = _run(project, "ruff", "check", "--isolated", "--line-length", "118", project)
    assert styled.returncode == 0, styled.stdout
    formatted = _run(project, "ruff", "format", "--isolated", "--line-length", "118", "--check", project)
    assert formatted.returncode == 0, formatted.stdout


def test_what_production_may_not_be_fails_its_tests(tmp_path: Path) -> None:
    project = write_starter(tmp_path / "mine", serving="real_time")
    app = project / "app.py"
    app.write_text(app.read_text().replace("placement=network.placement", "network_isolation=False"))
    done = _run(project, "pytest", "--rootdir", project, "-c", project / "pytest.ini")
    assert done.returncode == 1
    assert "SageMaker.5" in done.stdout
    assert "5 passed, 2 errors" in done.stdout


def test_nothing_of_the_template_is_left(tmp_path: Path) -> None:
    project = write_starter(tmp_path / "mine", name="fraud", region="eu-west-1")
    written = [path for path in project.rglob("*") if path.is_file()]
    assert [path for path in written if re.search(r"\[[=%]", f"{path}{path.read_text()}")] == []
    assert 'region="eu-west-1"' in (project / "app.py").read_text()
    assert (project / ".copier-answers.yml").read_text().count("fraud") == 1


@pytest.mark.parametrize("name", ["Fraud", "f", "9lives", "no_underscores", "x" * 32])
def test_names_that_are_no_stacks_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="2 to 31 lower-case letters"):
        run_copy(str(TEMPLATE), tmp_path / "mine", data={"name": name}, defaults=True, quiet=True)
