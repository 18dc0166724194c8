"""What the figures were measured on."""

import os
import platform
from pathlib import Path


def describe_machine() -> str:
    """Processor, cores, memory and kernel, without a name of the machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    processor = models[0] if models else platform.machine()
    return (
        f"{os.cpu_count()} cores of {processor}, {kilobytes >> 20} GiB, Linux {platform.release().partition('-')[0]}"
    )
