"""A notebook job: which notebook, with which kernel and parameters, and where its result goes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode, v4

from notebooks.execution import LoggedExecution

_BASE = "/opt/ml/"
_VERSION = "1.0"
_LONGEST_REASON = 1024
_DEFAULTS, _INJECTED = "parameters", "injected-parameters"


class JobFailedError(Exception):
    """Why a job has failed, in words for `FailureReason`."""

    def tell(self, file: Path) -> None:
        """Leave the reason where SageMaker looks for it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(self)[:_LONGEST_REASON])


@dataclass(frozen=True)
class NotebookJob:
    """One run of `notebook` in its own folder; `output` has every cell that has run, at any time.

    Attributes:
        kernel: The name of a kernel in this environment.
        parameters: What SageMaker gives a training job as hyperparameters: all text.
    """

    notebook: Path
    output: Path
    kernel: str
    parameters: Mapping[str, str]

    @staticmethod
    def of(variables: Mapping[str, str], base: Path) -> NotebookJob:
        """The job that SageMaker's variables tell of, in the folder `base`, which is `/opt/ml`.

        https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-auto-run.html. Raises JobFailedError.
        """
        names = ("SM_INPUT_NOTEBOOK_NAME", "SM_OUTPUT_NOTEBOOK_NAME", "SM_KERNEL_NAME", "SM_EXECUTION_INPUT_PATH")
        if missing := [name for name in names if not variables.get(name)]:
            raise JobFailedError(f"this image runs notebook jobs only, and there is no {', '.join(missing)}")
        if (version := variables.get("SM_JOB_DEF_VERSION")) != _VERSION:
            raise JobFailedError(f"SM_JOB_DEF_VERSION must be {_VERSION}, got: {version}")
        if script := variables.get("SM_INIT_SCRIPT"):
            raise JobFailedError(f"this image runs no initialization scripts, got: {script}")
        given, output, kernel, folder = (variables[name] for name in names)
        inside = base / folder.removeprefix(_BASE)
        hyperparameters = base / "input" / "config" / "hyperparameters.json"
        # A colon of a time stamp, and further dots, become hyphens, as in AWS's own images.
        stem = output.removesuffix(".ipynb").replace(".", "-").replace(":", "-")
        return NotebookJob(
            notebook=inside / given,
            output=base / "output" / "data" / f"{stem}.ipynb",
            kernel=kernel,
            parameters=json.loads(hyperparameters.read_text()) if hyperparameters.is_file() else {},
        )

    def run(self) -> None:
        """Run all cells. Raises JobFailedError for the first that fails; the cells until then are in the output."""
        document = _with_parameters(self._read(), self.parameters)
        known = KernelSpecManager().find_kernel_specs()
        if self.kernel not in known:
            raise JobFailedError(f"there is no kernel {self.kernel!r} in this image, but: {', '.join(sorted(known))}")
        self.output.parent.mkdir(parents=True, exist_ok=True)
        os.chdir(self.notebook.parent)
        execution = LoggedExecution(document, self._write, self.kernel)
        try:
            execution.execute()
        except CellExecutionError as error:
            raise JobFailedError(f"{execution.place}: {error.ename}: {error.evalue}") from None
        except (DeadKernelError, AssertionError):
            # At SIGTERM, nbclient ends the kernel, and then asserts that it has one.
            raise JobFailedError(f"{execution.place}: the kernel has ended") from None
        finally:
            self._write(document)

    def _read(self) -> NotebookNode:
        if not self.notebook.is_file():
            raise JobFailedError(f"there is no notebook {self.notebook.name} among the inputs")
        try:
            return nbformat.read(self.notebook, as_version=4)
        except Exception as error:
            raise JobFailedError(f"{self.notebook.name} is no notebook: {error}") from error

    def _write(self, document: NotebookNode) -> None:
        fresh = self.output.with_suffix(".part")
        nbformat.write(document, fresh)
        fresh.replace(self.output)


def _with_parameters(document: NotebookNode, parameters: Mapping[str, str]) -> NotebookNode:
    """`document` with a cell that sets `parameters`, as text.

    It stands behind the first cell with the tag `parameters`, which holds defaults, or else at the beginning. One
    that an earlier run has left is replaced.
    """
    cells = [cell for cell in document.cells if _INJECTED not in _tags(cell)]
    if parameters:
        place = next((index for index, cell in enumerate(cells, 1) if _DEFAULTS in _tags(cell)), 0)
        lines = [f"{name} = {value!r}" for name, value in parameters.items()]
        cells.insert(place, v4.new_code_cell("\n".join(["# Parameters", *lines]), metadata={"tags": [_INJECTED]}))
    document.cells = cells
    return document


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])
