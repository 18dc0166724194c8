"""Namespaces and mounts of Linux, for programs that see other folders than this process. Standard library only."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x00020000, 0x10000000, 0x20000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
CANNOT = 126
"""The exit code of a program that cannot be made to see them, as shells have it."""
_PROJECT = Path(__file__).resolve().parents[2]
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
_PR_SET_PDEATHSIG = 1
_ALONE = (
    "import importlib, sys; sys.path.insert(0, sys.argv[1]);"
    " sys.exit(importlib.import_module(sys.argv[2]).main(sys.argv[3:]))"
)


def alone(module: str, *arguments: str) -> list[str]:
    """The command that runs `main` of a module of ours in a process without site packages."""
    return [sys.executable, "-I", "-S", "-c", _ALONE, str(_PROJECT), module, *arguments]


def leave(namespaces: int, *, as_user: int, as_group: int) -> bool:
    """Leave the namespaces of this process, the one of mounts at least; True when that took new credentials.

    Args:
        namespaces: Which other ones.
        as_user: Who this process is afterwards, where it takes a namespace of users to be allowed.
        as_group: Its group, likewise.
    """
    user, group = os.getuid(), os.getgid()
    others = False
    try:
        call("unshare", CLONE_NEWNS | namespaces)
    except PermissionError:
        others = True
        call("unshare", CLONE_NEWNS | CLONE_NEWUSER | namespaces)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{as_user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{as_group} {group} 1")
    mount(None, "/", MS_REC | MS_PRIVATE)
    return others


def end_with_parent(number: int) -> None:
    """Get this signal when the parent ends; new credentials clear it."""
    call("prctl", _PR_SET_PDEATHSIG, number, 0, 0, 0)


def mount(source: Path | None, target: Path | str, flags: int) -> None:
    """Mount a folder or a file at another place."""
    call("mount", os.fsencode(source) if source else None, os.fsencode(target), None, flags, None)


def mount_new(kind: str, target: Path) -> None:
    """Mount a new file system, such as `tmpfs`."""
    call("mount", kind.encode(), os.fsencode(target), kind.encode(), 0, None)


def protect(place: Path, *, written: bool) -> None:
    """Let everything below a place be read only, or let the place itself be written."""
    attributes = (ctypes.c_uint64 * 4)(
        0 if written else _MOUNT_ATTR_RDONLY, _MOUNT_ATTR_RDONLY if written else 0, 0, 0
    )
    flags = 0 if written else _AT_RECURSIVE
    path = ctypes.c_char_p(os.fsencode(place))
    call("syscall", _MOUNT_SETATTR, _AT_FDCWD, path, flags, ctypes.byref(attributes), ctypes.sizeof(attributes))


def call(function: str, *arguments: object) -> None:
    """Call a function of the C library; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")
