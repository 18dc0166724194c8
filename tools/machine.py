"""Prints the version of this Python, or in one sentence what the machine lacks: ``python -m tools.machine``.

Python releases that are refused have to be able to read this file: no syntax and no module that 3.6 lacks.
"""

import ctypes
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tarfile

PYTHON = "3.11.4"
NODE = 20


def lacking() -> str:
    """What meets the first requirement that is not met; empty when all are."""
    if os.name != "posix":
        return "Linux or macOS is required. In Windows: use the Windows Subsystem for Linux"
    # The filter that archives are unpacked with came in 3.11.4; some distributions have added it to earlier releases.
    if sys.version_info < (3, 11) or not hasattr(tarfile, "data_filter"):
        found = f"{sys.executable} is {platform.python_version()}"
        return f"Python {PYTHON} or later is required: {found}. Another one is named so: make demo PYTHON=python3.12"
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        return "Python's modules venv and ensurepip are required. In Debian and Ubuntu: apt install python3-venv"
    for program in ("node", "npm"):
        if not shutil.which(program):
            return f"Node.js {NODE} or later is required: there is no {program}. See https://nodejs.org"
    node = subprocess.run(["node", "--version"], stdout=subprocess.PIPE).stdout.decode().strip()
    if int(node.lstrip("v").split(".")[0]) < NODE:
        return f"Node.js {NODE} or later is required: node is {node}. See https://nodejs.org"
    if sys.platform == "linux" and not _loads("libgomp.so.1"):
        return "The library libgomp.so.1 is required by LightGBM. In Debian and Ubuntu: apt install libgomp1"
    return ""


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    print(lacking() or platform.python_version())
