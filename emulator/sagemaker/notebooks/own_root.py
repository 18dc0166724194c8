"""Runs a program as the first one of a machine: `main` takes `HOME NEEDED… -- PROGRAM ARGUMENTS…`.

The program has a root folder of its own, `HOME/root`, in which it may write what it likes: the folders of this
machine are in it, and can only be read. The paths needed are there too, wherever they are. `HOME/volume` is the home
folder of JupyterLab, and `HOME/logs` is `/.machine/logs`. What it starts ends with it. It needs Linux 5.12 and the
right to make namespaces, as containers do (`enclosure`). Standard library only.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from emulator.containers.namespaces import (
    CANNOT,
    CLONE_NEWPID,
    MS_BIND,
    MS_REC,
    alone,
    end_with_parent,
    leave,
    mount,
    mount_new,
    protect,
)

_MACHINE = ".machine"
"""The folder of the new root with what this machine has, and with the stand-ins of commands."""
_OWN = ("etc", "home", "opt", "run", "tmp", "usr", "var", "root", _MACHINE)
_WITHOUT = ("lost+found", "old_root")


def on_own_root(home: Path, needed: Sequence[Path], command: Sequence[str]) -> list[str]:
    """The command that runs another one on a root of its own."""
    return alone(__name__, str(home), *map(str, needed), "--", *command)


@cache
def available() -> bool:
    """Whether programs can have a root of their own here, found out by trying it."""
    if sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory() as probe:
        command = on_own_root(Path(probe), [], ["/bin/sh", "-c", "echo > /etc/probe && id -u ec2-user"])
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main(arguments: Sequence[str]) -> int:
    """Make the root, become the first program in it, and wait for that."""
    end = arguments.index("--")
    home, needed, command = Path(arguments[0]), [Path(each) for each in arguments[1:end]], arguments[end + 1 :]
    try:
        # The one user that there can be is root, as scripts expect.
        leave(CLONE_NEWPID, as_user=0, as_group=0)
    except OSError as error:
        print(f"no machine can be made in {home}: {error}", file=sys.stderr)
        return CANNOT
    child = os.fork()
    if child == 0:
        _become_first(home, needed, command)

    def kill(number: int, frame: object) -> None:
        del number, frame
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGTERM, kill)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _become_first(home: Path, needed: Sequence[Path], command: Sequence[str]) -> None:
    try:
        end_with_parent(signal.SIGKILL)
        root = home / "root"
        _furnish(home, root, needed)
        _show_processes(root)
        os.chroot(root)
        os.chdir("/")
        os.execv(command[0], list(command))
    except OSError as error:
        print(f"{command[0]} has no machine in {home}: {error}", file=sys.stderr)
        os._exit(CANNOT)


def _furnish(home: Path, root: Path, needed: Sequence[Path]) -> None:
    """Put into a new root what the machine has, to be read, and folders that can be written."""
    root.mkdir(parents=True, exist_ok=True)
    # Its own mount, so that what is below it can be protected and itself not.
    mount(root, root, MS_BIND | MS_REC)
    for name in _OWN:
        (root / name).mkdir(exist_ok=True)
    for entry in Path("/").iterdir():
        if entry.is_symlink():
            with suppress(FileExistsError):
                (root / entry.name).symlink_to(entry.readlink())
        elif entry.is_dir() and entry.name not in (*_OWN, *_WITHOUT):
            _show(entry, root)
    for name in ("usr", "opt", "home", "root"):
        _show_below(Path("/") / name, root)
    _copy_settings(root / "etc")
    for path in needed:
        if not (root / path.relative_to("/")).exists():
            _show(path, root)
    for name in ("var/tmp", "var/log", "var/lib", "home/ec2-user"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name in ("tmp", "var/tmp"):
        (root / name).chmod(0o1777)
    kept = {home / "volume": root / "home/ec2-user/SageMaker", home / "logs": root / _MACHINE / "logs"}
    for source, target in kept.items():
        source.mkdir(exist_ok=True)
        target.mkdir(parents=True, exist_ok=True)
        mount(source, target, MS_BIND)
    memory = root / "dev" / "shm"
    if memory.is_dir():
        mount_new("tmpfs", memory)
    protect(root, written=False)
    for place in (root, *kept.values(), memory):
        if place.is_dir():
            protect(place, written=True)


def _show_below(place: Path, root: Path) -> None:
    """Show what is in a folder, and leave the folder itself to be written.

    Of `/usr`, the folders in which scripts put programs of their own hold links, one for each file.
    """
    if not place.is_dir():
        return
    linked = ("bin", "local") if place == Path("/usr") else ()
    for entry in _entries(place):
        if entry.name in linked:
            _link(entry, root, deep=entry.name == "local")
        elif entry.is_dir() and not entry.is_symlink():
            _show(entry, root)
        elif entry.is_symlink():
            with suppress(FileExistsError):
                (root / entry.relative_to("/")).symlink_to(entry.readlink())


def _link(place: Path, root: Path, *, deep: bool) -> None:
    shown = root / _MACHINE / place.relative_to("/")
    shown.mkdir(parents=True, exist_ok=True)
    mount(place, shown, MS_BIND | MS_REC)
    target = root / place.relative_to("/")
    target.mkdir(exist_ok=True)
    for entry in _entries(place):
        if deep and entry.is_dir() and not entry.is_symlink():
            (target / entry.name).mkdir(exist_ok=True)
            below = [(each, target / entry.name / each.name) for each in _entries(entry)]
        else:
            below = [(entry, target / entry.name)]
        for each, link in below:
            with suppress(FileExistsError):
                link.symlink_to(Path("/") / _MACHINE / each.relative_to("/"))


def _entries(place: Path) -> Iterator[Path]:
    with suppress(PermissionError):
        yield from place.iterdir()


def _show(place: Path, root: Path) -> None:
    target = root / place.relative_to("/")
    if place.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    # What may not be seen by this user is not there.
    with suppress(PermissionError):
        mount(place, target, MS_BIND | MS_REC)


def _copy_settings(target: Path) -> None:
    """The settings of this machine that may be read, and the user of notebook instances, who is whoever runs this."""

    def copied(source: str, to: str) -> None:
        with suppress(OSError):
            shutil.copyfile(source, to, follow_symlinks=False)

    with suppress(shutil.Error):
        shutil.copytree("/etc", target, symlinks=True, copy_function=copied, dirs_exist_ok=True)
    for name, line in {
        "passwd": "ec2-user:x:0:0::/home/ec2-user:/bin/bash",
        "group": "ec2-user:x:0:",
    }.items():
        file = target / name
        known = [each for each in (file.read_text().splitlines() if file.exists() else []) if "ec2-user:" not in each]
        file.write_text("\n".join([*known, line, ""]))


def _show_processes(root: Path) -> None:
    """The processes of the machine alone; where that is not allowed, those of this one stay to be seen."""
    with suppress(OSError):
        mount_new("proc", root / "proc")
