"""Counts of requests over all workers, in Prometheus' format."""

import mmap
import os
from asyncio import AbstractEventLoop
from multiprocessing import get_context

_STATUSES = ("2xx", "4xx", "5xx")
_CELLS = len(_STATUSES) + 2


class Metrics:
    """Counters in memory that all workers share: each adds to a row of its own, `text` adds the rows up.

    Made before the workers are; `claim` gives a worker its row, that of a dead one with its counts if there is one.
    """

    def __init__(self, workers: int) -> None:
        # A row to spare for each worker, should its successor begin before it is quite gone.
        self._rows = 2 * workers
        self._memory = memoryview(mmap.mmap(-1, self._rows * _CELLS * 8)).cast("d")
        self._lock = get_context("fork").Lock()
        self._row = 0

    def claim(self) -> None:
        """Take a row for this process."""
        with self._lock:
            free = (row for row in range(self._rows) if not _lives(int(self._memory[row * _CELLS])))
            self._row = next(free, 0) * _CELLS
            self._memory[self._row] = os.getpid()

    def begin(self, loop: AbstractEventLoop) -> None:
        """The worker's event loop has begun; these counters need none."""

    def end(self) -> None:
        """The worker ends; these counters stay for `/metrics` of its successor."""

    def count(self, status: int, seconds: float) -> None:
        """Count one invocation, its status and how long it took."""
        memory, row = self._memory, self._row
        memory[row + (1 if status < 400 else 2 if status < 500 else 3)] += 1
        memory[row + 4] += seconds

    def text(self) -> bytes:
        """What `/metrics` says."""
        sums = [sum(self._memory[cell::_CELLS]) for cell in range(1, _CELLS)]
        lines = ["# HELP invocations_total Invocations by class of status.", "# TYPE invocations_total counter"]
        pairs = zip(_STATUSES, sums, strict=False)
        lines += [f'invocations_total{{status="{status}"}} {count:.0f}' for status, count in pairs]
        lines += [
            "# HELP invocation_seconds_total Time spent on invocations.",
            "# TYPE invocation_seconds_total counter",
        ]
        lines += [f"invocation_seconds_total {sums[-1]:.6f}"]
        return ("\n".join(lines) + "\n").encode()


def _lives(pid: int) -> bool:
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
