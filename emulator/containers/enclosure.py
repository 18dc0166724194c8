"""Runs a program that can write into one folder only: `python enclosure.py HOME PROGRAM ARGUMENTS…`.

The program sees `HOME/opt/ml` as `/opt/ml` and `HOME/tmp` as `/tmp`, has a `/dev/shm` of its own, and can only read
everything else. It needs Linux 5.12 and the right to make namespaces, which root has, and others wherever user
namespaces are allowed; `available` tells. Standard library only: it is started without site packages.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
_PR_SET_PDEATHSIG = 1
_CANNOT = 126


def enclosed(home: Path, command: Sequence[str]) -> list[str]:
    """The command that runs another one enclosed in a folder."""
    return [sys.executable, "-I", "-S", __file__, str(home), *command]


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
        sys.exit(_CANNOT)


def _enclose(home: Path, command: Sequence[str]) -> None:
    here = Path.cwd()
    _leave_namespaces()
    _mount(None, "/", _MS_REC | _MS_PRIVATE)
    _mount(home, home, _MS_BIND | _MS_REC)
    opt, tmp, shared_memory = Path("/opt"), Path("/tmp"), Path("/dev/shm")
    if opt.is_dir():
        _cover(opt, home / "opt", (path.name for path in opt.iterdir() if path.is_dir() and path.name != "ml"))
    _cover(tmp, home / "tmp", _used_below(tmp, home, command))
    if shared_memory.is_dir():
        _call("mount", b"tmpfs", os.fsencode(shared_memory), b"tmpfs", 0, None)
    _protect(Path("/"), written=False)
    for writable in (home, opt, tmp, shared_memory):
        if writable.is_dir():
            _protect(writable, written=True)
    # A working directory that was opened before still belongs to what is protected now.
    os.chdir(here)


def _leave_namespaces() -> None:
    user, group = os.getuid(), os.getgid()
    try:
        _call("unshare", _CLONE_NEWNS)
    except PermissionError:
        _call("unshare", _CLONE_NEWNS | _CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        # New credentials have cleared what the guard had set.
        _call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _cover(place: Path, with_folder: Path, kept: Iterable[str]) -> None:
    """Show a folder in the place of another one, of whose content only the names kept stay to be seen."""
    with_folder.mkdir(parents=True, exist_ok=True)
    for name in kept:
        (with_folder / name).mkdir(exist_ok=True)
        with suppress(PermissionError):
            _mount(place / name, with_folder / name, _MS_BIND | _MS_REC)
    _mount(with_folder, place, _MS_BIND | _MS_REC)


def _used_below(place: Path, home: Path, command: Sequence[str]) -> set[str]:
    """The folders of a place in which the program, its libraries or its home are."""
    named = [str(home), *command, sys.base_prefix, os.path.realpath(command[0])]
    named += [part for value in os.environ.values() for part in value.split(":")]
    below = (Path(name).relative_to(place) for name in named if name.startswith(f"{place}/"))
    return {path.parts[0] for path in below if path.parts and (place / path.parts[0]).is_dir()}


def _mount(source: Path | None, target: Path | str, flags: int) -> None:
    _call("mount", os.fsencode(source) if source else None, os.fsencode(target), None, flags, None)


def _protect(place: Path, *, written: bool) -> None:
    """Let everything below a place be read only, or let the place itself be written."""
    attributes = (ctypes.c_uint64 * 4)(
        0 if written else _MOUNT_ATTR_RDONLY, _MOUNT_ATTR_RDONLY if written else 0, 0, 0
    )
    flags = 0 if written else _AT_RECURSIVE
    path = ctypes.c_char_p(os.fsencode(place))
    _call("syscall", _MOUNT_SETATTR, _AT_FDCWD, path, flags, ctypes.byref(attributes), ctypes.sizeof(attributes))


def _call(function: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


if __name__ == "__main__":
    main(sys.argv[1:])
