"""Runs a program whose clock is its own CPU: ``python on_cpu_time.py PROGRAM ARGUMENT…``.

A budget in seconds then buys the same work however busy the machine is. Both searches run in one process and one
thread, so that CPU and wall time would be the same on an idle core.
"""

import runpy
import sys
import time

_BEGAN = time.time()


def now() -> float:
    """When the program began, and the CPU that it has used since."""
    return _BEGAN + time.process_time()


if __name__ == "__main__":
    time.time = now
    time.monotonic = time.process_time
    time.perf_counter = time.process_time
    program, *arguments = sys.argv[1:]
    sys.argv = [program, *arguments]
    if program.endswith(".py"):
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
