"""How a worker's threads use the CPUs. Imports nothing that reads the variables of numerical libraries."""

import os
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
# OpenMP (LightGBM, XGBoost, PyTorch), OpenBLAS (NumPy, SciPy), MKL and numexpr, in this order.
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def available_cpus() -> int:
    """The CPUs that this process may use: those it may run on, or fewer when the container has a share of them."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if _QUOTA.is_file():
        quota, period = _QUOTA.read_text().split()
        if quota.isdigit():
            cpus = min(cpus, max(1, int(quota) // int(period)))
    return cpus


def share_cpus(environment: MutableMapping[str, str]) -> None:
    """Give each worker its share of the CPUs as threads, at least one, in variables that are not set yet.

    Libraries read them while they are loaded, so this comes before the import of any. With many models, whose
    requests run side by side in one process, it is one thread for each.
    """
    cpus = available_cpus()
    wished = environment.get("MODEL_SERVER_WORKERS", "")
    alone = environment.get("SAGEMAKER_MULTI_MODEL", "").lower() != "true"
    share = max(1, cpus // int(wished)) if alone and wished.isdecimal() and int(wished) else 1
    for name in VARIABLES:
        environment.setdefault(name, str(share))


def finish_before_switching() -> None:
    """Let no thread that wakes up interrupt another one: of this process, and of those that it starts from now on.

    A worker's network thread and its Python thread wake each other several times for each request. Under load the
    kernel's usual policy interrupts one for the other every time, which costs more than the request itself. As batch
    work (`man 7 sched`) each finishes first; while one computes for long, the others get their turns as before.
    """
    if hasattr(os, "SCHED_BATCH"):
        # Where a container may not choose, it goes on as before.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
