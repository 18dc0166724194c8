"""How much memory this process may use, how much it does, and how it gives some back."""

import ctypes
import gc
import os
import resource
import sys
from pathlib import Path

# Of what the container may use, the rest is for requests in hand and for the allocator's own losses.
_SHARE_FOR_MODELS = 0.8
# What a worker takes beside the model while it answers one request of 25 MB as Python's numbers and as a matrix: with
# thirty columns of six digits up to 280 MB, with one digit 490 MB.
BYTES_PER_WORKER = 512 * 1024**2
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
# Blocks above the first size go back to the system at once; of smaller ones an arena keeps so many bytes at hand.
_RETURNED_BLOCK_BYTES = 4 * 1024**2
_KEPT_BYTES = 16 * 1024**2
# The names of mallopt's settings in malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def resident_bytes() -> int:
    """The memory of this process that is in use now; on a developer's Mac, the most that ever was."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
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


def keep_at_hand() -> None:
    """Let the allocator keep the memory of one request for the next one.

    By itself it returns every large block to the system, which then gives and clears it anew, page by page: of a
    request of 1,000 rows that was a third of the time.
    """
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _RETURNED_BLOCK_BYTES)
        library.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
