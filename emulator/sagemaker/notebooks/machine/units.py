"""`systemctl`, `systemd-run` and `journalctl` of a notebook instance's machine: services and timers, really run.

What a unit or an option asks for that is not here is refused by its name, and not left out. Times pass as they do.
Standard library only.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PLACES = (Path("/etc/systemd/system"), Path("/run/systemd/system"))
_RUNNING = Path("/run/units")
_LOGS = Path("/.machine/logs")
_JUPYTER = "jupyter-server.service"
_KNOWN: Mapping[str, frozenset[str]] = {
    "Unit": frozenset({"Description", "Documentation", "After", "Wants"}),
    "Install": frozenset({"WantedBy"}),
    "Service": frozenset({"Type", "ExecStart", "Environment", "WorkingDirectory", "User", "Group", "StandardOutput"}),
    "Timer": frozenset(
        {"OnActiveSec", "OnUnitInactiveSec", "OnUnitActiveSec", "OnBootSec", "AccuracySec", "Unit"},
    ),
}
_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0, "hr": 3600.0, "d": 86400.0}
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


class UnitRefused(Exception):  # noqa: N818 - what a person is told
    """A command that cannot be carried out, with the exit code of the real one."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Unit:
    """A unit file: the values of each key, by section."""

    name: str
    sections: Mapping[str, Mapping[str, Sequence[str]]]

    def one(self, section: str, key: str, default: str = "") -> str:
        """The last value of a key."""
        found = self.sections.get(section, {}).get(key)
        return found[-1] if found else default


def main(arguments: Sequence[str]) -> int:
    """Do what the command of this name does."""
    command, *given = arguments
    try:
        if command == "systemctl":
            return _systemctl(given)
        return _systemd_run(given) if command == "systemd-run" else _journalctl(given)
    except UnitRefused as refusal:
        print(refusal, file=sys.stderr)
        return refusal.code


def _systemctl(given: Sequence[str]) -> int:
    words = [each for each in given if not each.startswith("-")]
    options = {each for each in given if each.startswith("-")} - {"--quiet", "-q", "--no-pager", "--no-block"}
    verb, names = (words[0], words[1:]) if words else ("", [])
    if options - ({"--now"} if verb in ("enable", "disable") else set()):
        raise UnitRefused(f"systemctl: this machine has no option {' '.join(sorted(options))}")
    if verb == "daemon-reload":
        return 0
    if verb not in ("start", "stop", "restart", "enable", "disable", "is-active"):
        raise UnitRefused(f"systemctl: this machine has no verb {verb or 'to list units'}")
    if verb in ("enable", "disable"):
        # The root of an instance is new at each start: what is enabled on it never comes to be started.
        verb = {"enable": "start", "disable": "stop"}[verb] if "--now" in options else "look"
    active = [_act(verb, name if "." in name else f"{name}.service") for name in names]
    return 0 if all(active) else 3


def _act(verb: str, name: str) -> bool:
    """Whether a unit is active, as far as that was asked."""
    if name == _JUPYTER:
        return _act_on_jupyter(verb)
    unit = _read(name)
    if verb == "is-active":
        print("active" if _pid(name) else "inactive")
        return bool(_pid(name))
    if verb in ("stop", "restart"):
        _stop(name)
    if verb in ("start", "restart") and not _pid(name):
        if name.endswith(".timer"):
            service = _read(unit.one("Timer", "Unit", f"{name.removesuffix('.timer')}.service"))
            first, then = _times(unit)
            _in_background(name, lambda: _recur(service, first, then))
        elif unit.one("Service", "Type", "simple") == "oneshot":
            if _run(unit):
                raise UnitRefused(f"Job for {name} failed. See journalctl --unit {name}.")
        else:
            _in_background(name, lambda: _run(unit))
    return True


def _act_on_jupyter(verb: str) -> bool:
    """Jupyter starts after the scripts, and again whenever it ends."""
    if verb == "stop":
        raise UnitRefused(f"Failed to stop {_JUPYTER}: on this machine, it starts again when it ends")
    file = Path("/run/jupyter-server.pid")
    running = file.exists()
    if verb == "is-active":
        print("active" if running else "inactive")
        return running
    if verb == "restart" and running:
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGTERM)
    return True


def _systemd_run(given: Sequence[str]) -> int:
    name, command = f"run-{os.getpid()}", list(given)
    while command and command[0].startswith("-"):
        option, _, value = command.pop(0).partition("=")
        if option == "--unit":
            name = value or command.pop(0)
        elif option not in ("--quiet", "-q", "--collect", "-G", "--no-block"):
            raise UnitRefused(f"systemd-run: this machine has no option {option}")
    if not command:
        raise UnitRefused("systemd-run: Command line to execute required.")
    name = name if name.endswith(".service") else f"{name}.service"
    if _pid(name):
        raise UnitRefused(f"Failed to start transient service unit: Unit {name} was already loaded.")
    _in_background(name, lambda: _execute(name, command, {}, None))
    return 0


def _journalctl(given: Sequence[str]) -> int:
    text = " ".join(given)
    found = re.search(r"(?:-u|--unit)[= ](\S+)", text)
    if not found:
        raise UnitRefused("journalctl: name a unit, by --unit")
    name = found[1] if "." in found[1] else f"{found[1]}.service"
    log = _LOGS / f"journal-{name}"
    print(log.read_text() if log.exists() else "-- No entries --", end="")
    return 0


def _read(name: str) -> Unit:
    file = next((place / name for place in _PLACES if (place / name).is_file()), None)
    if file is None or not re.fullmatch(r"[A-Za-z0-9@:_.-]+\.(service|timer)", name):
        raise UnitRefused(f"Unit {name} not found.", 5)
    sections: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in file.read_text().replace("\\\n", " ").splitlines():
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if stripped.startswith("["):
            section = stripped.strip("[]")
            continue
        key, _, value = stripped.partition("=")
        if key not in _KNOWN.get(section, ()):
            raise UnitRefused(f"{name}: this machine's systemd does not know {key} in [{section}]")
        sections.setdefault(section, {}).setdefault(key, []).append(value.strip())
    return Unit(name, sections)


def _times(unit: Unit) -> tuple[float, float]:
    """Seconds until a timer's first run, and after the end of each until the next; none where that is negative."""
    first = unit.one("Timer", "OnActiveSec") or unit.one("Timer", "OnBootSec")
    then = unit.one("Timer", "OnUnitInactiveSec") or unit.one("Timer", "OnUnitActiveSec")
    if not first:
        raise UnitRefused(f"{unit.name}: this machine's timers need OnActiveSec or OnBootSec")
    return _seconds(first), _seconds(then) if then else -1.0


def _seconds(text: str) -> float:
    parts = re.findall(r"([0-9.]+)\s*([a-z]*)", text)
    if not parts or any(unit not in _UNITS for _, unit in parts):
        raise UnitRefused(f"{text} is no time that this machine's systemd knows")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _recur(service: Unit, first: float, then: float) -> None:
    time.sleep(first)
    _run(service)
    while then >= 0:
        time.sleep(then)
        _run(service)


def _run(unit: Unit) -> int:
    """The exit code of a service's command, or of the first of several that fails."""
    given = unit.sections.get("Service", {})
    words = [word for line in given.get("Environment", ()) for word in shlex.split(line)]
    environment = dict(word.split("=", 1) for word in words)
    if unit.one("Service", "User") == "ec2-user":
        environment = {"HOME": "/home/ec2-user", **environment}
    for line in given.get("ExecStart", ()):
        code = _execute(unit.name, shlex.split(line), environment, unit.one("Service", "WorkingDirectory") or None)
        if code:
            return code
    return 0


def _execute(name: str, command: Sequence[str], environment: Mapping[str, str], folder: str | None) -> int:
    reached = {key: value for key, value in os.environ.items() if key.startswith("AWS_")}
    given = {**reached, "PATH": _PATH, "HOME": "/root", **environment}
    with (_LOGS / f"journal-{name}").open("ab") as log:
        try:
            done = subprocess.run(command, env=given, cwd=folder or "/", stdout=log, stderr=log, check=False)
        except OSError as error:
            log.write(f"Failed to execute {command[0]}: {error.strerror}\n".encode())
            return 203
    return done.returncode


def _in_background(name: str, work: Callable[[], object]) -> None:
    """Run work as the unit's process, a child of the machine's first program."""
    _RUNNING.mkdir(parents=True, exist_ok=True)
    if os.fork():
        os.wait()
        return
    if os.fork():
        os._exit(0)
    os.setsid()
    file = _RUNNING / name
    file.write_text(str(os.getpid()))
    with (_LOGS / f"journal-{name}").open("ab") as log, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    with suppress(UnitRefused):
        work()
    file.unlink(missing_ok=True)
    os._exit(0)


def _pid(name: str) -> int | None:
    file = _RUNNING / name
    if not file.exists():
        return None
    try:
        pid = int(file.read_text())
        os.kill(pid, 0)
    except (ValueError, ProcessLookupError):
        return None
    return pid


def _stop(name: str) -> None:
    pid = _pid(name)
    if pid:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)
        (_RUNNING / name).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
