"""How much memory this process may use, how much it does, and how it gives some back."""

import ctypes
import gc
import os
import sys
from pathlib import Path

# Of what the container may use, the rest is for requests in hand and for the allocator's own losses.
_SHARE_FOR_MODELS = 0.8
# What a worker takes beside the model while it answers one request of 25 MB as Python's numbers and as a matrix: with
# thirty columns of six digits 350 MB, with one digit 550 MB.
BYTES_PER_WORKER = 512 * 1024**2
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def resident_bytes() -> int:
    """The memory of this process that is in use now."""
    with Path("/proc/self/statm").open("rb") as statistics:
        return int(statistics.read().split()[1]) * _PAGE_BYTES


def default_limit() -> int:
    """Four fifths of what the container, or without a limit the machine, has."""
    machine = os.sysconf("SC_PHYS_PAGES") * _PAGE_BYTES
    limits = [int(text) for path in _CGROUP_LIMITS if path.is_file() and (text := path.read_text().strip()).isdigit()]
    return int(min([machine, *limits]) * _SHARE_FOR_MODELS)


def workers_within(limit: int, model: int) -> int:
    """How many workers fit into `limit` bytes beside the `model` bytes that they share; at least one."""
    return max(1, (limit - model) // BYTES_PER_WORKER)


def give_back() -> None:
    """Return freed memory to the system, which the allocator would keep: an eviction must make room."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
