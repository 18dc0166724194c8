"""The notebooks image as a plain process: what it runs, and what it says of a notebook that it cannot run."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import process_environment
from harness.containers.notebooks import code, notebook, printed

FOLDER = "/opt/ml/input/data/sagemaker_headless_execution_pipelinestep"
ASKED = {
    "SM_JOB_DEF_VERSION": "1.0",
    "SM_EXECUTION_INPUT_PATH": FOLDER,
    "SM_KERNEL_NAME": "python3",
    "SM_INPUT_NOTEBOOK_NAME": "in.ipynb",
    "SM_OUTPUT_NOTEBOOK_NAME": "out-2026-11-29T06:00:00.000Z.ipynb",
}


class Job:
    """A notebook job in a folder."""

    def __init__(self, image: LocalImage, base: Path, text: str, **parameters: str) -> None:
        self.base = base
        self._image = image
        folder = base / "input" / "data" / FOLDER.rpartition("/")[2]
        folder.mkdir(parents=True)
        (folder / "in.ipynb").write_text(text)
        (base / "input" / "config").mkdir()
        (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(parameters))

    def start(self, variables: Mapping[str, str] = ASKED) -> "subprocess.Popen[str]":
        program = self._image.python_program("amazon_sagemaker_scheduler")
        assert program
        environment = {**process_environment(self._image, self.base), **variables}
        return subprocess.Popen(
            [self._image.python, program],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, **variables: str) -> tuple[int, str]:
        """The exit code and what it says."""
        with self.start({**ASKED, **variables}) as running:
            assert running.stdout
            said = running.stdout.read()
        return running.returncode, said

    @property
    def failure(self) -> str:
        return (self.base / "output" / "failure").read_text()

    @property
    def output(self) -> dict[str, Any]:
        [path] = (self.base / "output" / "data").iterdir()
        assert path.name == "out-2026-11-29T06-00-00-000Z.ipynb"
        return json.loads(path.read_text())


def test_parameters_stand_behind_their_defaults_and_replace_those_of_an_earlier_run(
    notebooks_image: LocalImage, tmp_path: Path
) -> None:
    cells = [
        code("rounds = '1'", "parameters"),
        code("rounds = '99'", "injected-parameters"),
        code("print(rounds, label)"),
    ]
    job = Job(notebooks_image, tmp_path, notebook(*cells), rounds="7", label="it's")
    said = job.run()
    assert said == (0, "code cell 1 of 3 (rounds = '1')\ncode cell 2 of 3 (# Parameters)\n"
                    "code cell 3 of 3 (print(rounds, label))\n7 it's\n")  # fmt: skip
    assert printed(job.output) == ["", "", "7 it's\n"]


def test_without_defaults_they_come_first(notebooks_image: LocalImage, tmp_path: Path) -> None:
    job = Job(notebooks_image, tmp_path, notebook(code("print(rounds)")), rounds="7")
    assert job.run()[0] == 0
    assert printed(job.output) == ["", "7\n"]


@pytest.mark.parametrize(
    ("text", "variables", "reason"),
    [
        (notebook(code("1/0")), {}, "code cell 1 of 1 (1/0): ZeroDivisionError: division by zero"),
        (
            notebook(code("import os\nos._exit(3)")),
            {},
            "code cell 1 of 1 (import os): the kernel has ended",
        ),
        ("print(1)", {}, "in.ipynb is no notebook: "),
        (notebook(), {"SM_INPUT_NOTEBOOK_NAME": "x.ipynb"}, "there is no notebook x.ipynb among the inputs"),
        (notebook(), {"SM_KERNEL_NAME": "ir"}, "there is no kernel 'ir' in this image, but: python3"),
        (notebook(), {"SM_JOB_DEF_VERSION": "2.0"}, "SM_JOB_DEF_VERSION must be 1.0, got: 2.0"),
        (notebook(), {"SM_INIT_SCRIPT": "a.sh"}, "this image runs no initialization scripts, got: a.sh"),
        (notebook(), {"SM_KERNEL_NAME": ""}, "this image runs notebook jobs only, and there is no SM_KERNEL_NAME"),
    ],
)
def test_what_fails_says_why(
    notebooks_image: LocalImage, tmp_path: Path, text: str, variables: dict[str, str], reason: str
) -> None:
    job = Job(notebooks_image, tmp_path, text)
    code_of_exit, said = job.run(**variables)
    assert code_of_exit == 1
    assert job.failure.startswith(reason)
    assert reason in said


def test_a_stopped_notebook_keeps_the_cells_until_then(notebooks_image: LocalImage, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel"
    cells = [
        code("print('first')"),
        code(f"import os, time\nopen({str(kernel)!r}, 'w').write(str(os.getpid()))\nprint('here')\ntime.sleep(600)"),
    ]
    job = Job(notebooks_image, tmp_path / "ml", notebook(*cells))
    with job.start() as running:
        assert running.stdout
        while running.stdout.readline() != "here\n":
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)
    assert running.returncode == 1
    assert printed(job.output)[0] == "first\n"
    deadline = time.monotonic() + 300
    while _runs(int(kernel.read_text())):
        assert time.monotonic() < deadline, "the kernel is left behind"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
