"""What a server's processes have used, read from /proc."""

import os
from collections.abc import Iterable
from pathlib import Path

from conformance.container import Container

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(container: Container) -> float:
    """User and system time of a server's processes, with that of children that have ended."""
    return sum(sum(map(int, fields[11:15])) for fields in _statistics(container)) / TICK


def resident_megabytes(container: Container) -> float:
    """Resident memory of a server's processes; what they share is counted in each."""
    return sum(int(fields[21]) for fields in _statistics(container)) * PAGE / 1024**2


def _statistics(container: Container) -> Iterable[list[str]]:
    for process in container.processes():
        try:
            # A process' name, in brackets, may hold anything; what follows it are plain fields from the third on.
            yield Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
