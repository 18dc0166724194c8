"""Runs one CDK app as its author would, in this process, and writes down what it took up to the end of synth.

``python -m synth.measured FIGURES count|time APP ARGUMENT…``
"""

import json
import os
import resource
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """The app's own exit status."""
    figures, mode, *command = sys.argv[1:]
    crossings = None
    if mode == "count":
        # Imports jsii, which an app that is timed imports by itself.
        from synth.crossings import Crossings

        crossings = Crossings()
    sys.argv = command
    try:
        runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        if end.code:
            return 1
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = list(_descendants(os.getpid()))
    document = {
        "cpu": own.ru_utime + own.ru_stime + sum(map(_cpu_seconds, children)),
        "megabytes": sum(map(_peak_megabytes, [os.getpid(), *children])),
        "processes": 1 + len(children),
        "crossings": crossings.document() if crossings else [],
    }
    Path(figures).write_text(json.dumps(document))
    return 0


def node_seconds() -> float:
    """CPU seconds of jsii's processes until now, to a hundredth."""
    return sum(map(_cpu_seconds, _descendants(os.getpid())))


def _descendants(process: int) -> Iterator[int]:
    """jsii's Node process, which starts a second one that does the work; both live as long as this one."""
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from _descendants(child)


def _cpu_seconds(process: int) -> float:
    # A process' name, in brackets, may hold anything; what follows it are plain fields from the third on.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK


def _peak_megabytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    sys.exit(main())
