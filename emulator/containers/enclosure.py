"""Runs a program that can write into one folder only: `main` takes its home, the program and its arguments.

The program sees `HOME/opt/ml` as `/opt/ml` and `HOME/tmp` as `/tmp`, has a `/dev/shm` of its own, and can only read
everything else. It needs Linux 5.12 and the right to make namespaces, which root has, and others wherever user
namespaces are allowed; `available` tells. Standard library only: it is started without site packages.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from emulator.containers.namespaces import (
    CANNOT,
    MS_BIND,
    MS_REC,
    alone,
    end_with_parent,
    leave,
    mount,
    mount_new,
    protect,
)


def enclosed(home: Path, command: Sequence[str]) -> list[str]:
    """The command that runs another one enclosed in a folder."""
    return alone(__name__, str(home), *command)


@cache
def available() -> bool:
    """Whether programs can be enclosed on this machine, found out by trying it."""
    if sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory() as probe:
        return subprocess.run(enclosed(Path(probe), ["true"]), capture_output=True, check=False).returncode == 0


def main(arguments: Sequence[str]) -> None:
    """Enclose this process, and become the program."""
    home, *command = arguments
    try:
        _enclose(Path(home), command)
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]} cannot be enclosed in {home}: {error}", file=sys.stderr)
        sys.exit(CANNOT)


def _enclose(home: Path, command: Sequence[str]) -> None:
    here = Path.cwd()
    if leave(0, as_user=os.getuid(), as_group=os.getgid()):
        # New credentials have cleared what the guard had set.
        end_with_parent(signal.SIGKILL)
    mount(home, home, MS_BIND | MS_REC)
    opt, tmp, shared_memory = Path("/opt"), Path("/tmp"), Path("/dev/shm")
    if opt.is_dir():
        _cover(opt, home / "opt", (path.name for path in opt.iterdir() if path.is_dir() and path.name != "ml"))
    _cover(tmp, home / "tmp", _used_below(tmp, home, command))
    if shared_memory.is_dir():
        mount_new("tmpfs", shared_memory)
    protect(Path("/"), written=False)
    for writable in (home, opt, tmp, shared_memory):
        if writable.is_dir():
            protect(writable, written=True)
    # A working directory that was opened before still belongs to what is protected now.
    os.chdir(here)


def _cover(place: Path, with_folder: Path, kept: Iterable[str]) -> None:
    """Show a folder in the place of another one, of whose content only the names kept stay to be seen."""
    with_folder.mkdir(parents=True, exist_ok=True)
    for name in kept:
        (with_folder / name).mkdir(exist_ok=True)
        with suppress(PermissionError):
            mount(place / name, with_folder / name, MS_BIND | MS_REC)
    mount(with_folder, place, MS_BIND | MS_REC)


def _used_below(place: Path, home: Path, command: Sequence[str]) -> set[str]:
    """The folders of a place in which the program, its libraries or its home are."""
    named = [str(home), *command, sys.base_prefix, os.path.realpath(command[0])]
    named += [part for value in os.environ.values() for part in value.split(":")]
    below = (Path(name).relative_to(place) for name in named if name.startswith(f"{place}/"))
    return {path.parts[0] for path in below if path.parts and (place / path.parts[0]).is_dir()}
