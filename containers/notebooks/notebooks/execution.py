"""Running the cells of a notebook, with what they print in the job's log."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode


class LoggedExecution:
    """Runs `document` with `kernel`, in the current folder; `save` gets it after each cell."""

    def __init__(self, document: NotebookNode, save: Callable[[NotebookNode], None], kernel: str) -> None:
        self.place: str = "before the first cell"
        self._document = document
        self._save = save
        self._kernel = kernel
        self._count = sum(1 for cell in document.cells if cell.cell_type == "code" and cell.source.strip())
        self._begun = 0

    def execute(self) -> None:
        """Run every cell. Raises CellExecutionError and DeadKernelError."""
        with tempfile.TemporaryDirectory(prefix="kernel-") as folder:
            client = _LoggedClient(
                self._document,
                kernel_name=self._kernel,
                # A job has a limit of its own.
                timeout=None,
                on_cell_start=self._begin,
                on_cell_executed=self._end,
            )
            client.sockets = Path(folder)
            client.execute()

    def _begin(self, cell: NotebookNode, **_: Any) -> None:
        if cell.cell_type == "code" and cell.source.strip():
            self._begun += 1
            first = cell.source.strip().splitlines()[0]
            self.place = f"code cell {self._begun} of {self._count} ({first[:80]})"
            print(self.place, flush=True)

    def _end(self, **_: Any) -> None:
        self._save(self._document)


class _LoggedClient(NotebookClient):
    """Prints what cells print, at once: metrics are found in the log of a job."""

    sockets: Path

    def create_kernel_manager(self) -> KernelManager:
        """A manager whose kernel is reached by files: on ports, kernels of other jobs here might be in the way."""
        manager = super().create_kernel_manager()
        manager.transport = "ipc"
        manager.connection_file = str(self.sockets / "connection.json")
        return manager

    # Called as the base class calls it.
    def output(self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        if msg["msg_type"] == "stream":
            print(msg["content"]["text"], end="", flush=True)
        return super().output(outs, msg, display_id, cell_index)
