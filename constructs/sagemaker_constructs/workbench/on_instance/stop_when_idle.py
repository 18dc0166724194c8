"""Stops the notebook instance that it runs on, once nothing has happened there for long enough.

A timer of systemd runs it as root every two minutes, with the instance's own Python: 3.9, and the standard library.

Something happens while a kernel is busy, when a kernel or a terminal starts, ends, or shows activity, and while the
processors do more than Jupyter itself does. How long nothing has happened is measured by a clock that only runs
forward, from one run to the next: time stamps are compared and never subtracted, so that a clock that is set has no
effect. What cannot be seen is no idleness: without an answer of Jupyter the instance stays, and the run fails.
"""

import argparse
import fcntl
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

_ENDED, _FAILED = 0, 1


class Unseen(Exception):  # noqa: N818 - what was looked for
    """What has to be seen before anything is stopped cannot be."""


def main(given: "list[str] | None" = None) -> int:
    """Look once, and stop the instance if it is time."""
    arguments = _parser().parse_args(given)
    arguments.state.parent.mkdir(parents=True, exist_ok=True)
    # One run at a time: the one before may still wait for an answer.
    with arguments.state.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            _say("another run has not ended yet")
            return _ENDED
        try:
            return _look(arguments)
        except Unseen as reason:
            # Whatever happens meanwhile is unseen too: the time starts anew.
            arguments.state.unlink(missing_ok=True)
            _say(f"stays: {reason}")
            return _FAILED


def _look(arguments: argparse.Namespace) -> int:
    before = _read_state(arguments.state)
    # Goes on while the instance sleeps, which macOS calls otherwise.
    now = time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
    seen = _activity(arguments)
    cpu = _cpu_seconds()
    since = before.get("since", now)
    happened = _happened(before, seen, cpu, now, arguments)
    if happened:
        since = now
    _write_state(arguments.state, {"since": since, "seen": seen, "cpu": cpu, "at": now, "boot": _boot()})
    idle = (now - since) / 60
    if happened or idle < arguments.after_minutes:
        _say(f"stays: {happened or f'idle for {idle:.1f} of {arguments.after_minutes:g} minutes'}")
        return _ENDED
    if _activity(arguments) != seen:
        _say("stays: something has just begun")
        return _ENDED
    _say(f"{'would stop' if arguments.dry_run else 'stops'}: idle for {idle:.1f} minutes")
    return _ENDED if arguments.dry_run else _stop(arguments.metadata)


def _happened(
    before: dict[str, Any], seen: dict[str, Any], cpu: float, now: float, arguments: argparse.Namespace
) -> str:
    """What has happened since the run before; nothing where the text is empty."""
    busy = [each["name"] for each in seen["kernels"] if each["state"] == "busy"]
    if busy:
        return f"busy: {', '.join(busy)}"
    if before.get("boot") != _boot():
        return "the first look since the instance started"
    if before.get("seen") != seen:
        return "activity in kernels or terminals"
    passed = now - float(before["at"])
    percent = 100 * (cpu - float(before["cpu"])) / passed if passed > 0 else 0.0
    if percent > arguments.busy_percent:
        return f"the processors did {percent:.0f}% of what one of them can do"
    return ""


def _activity(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every kernel and every terminal, with what Jupyter says of their last activity."""
    server, token = _server(arguments)
    kernels = _get(server, "api/kernels", token)
    terminals = _get(server, "api/terminals", token, missing=[])
    try:
        return {
            "kernels": [
                {
                    "id": str(each["id"]),
                    "name": str(each["name"]),
                    "state": str(each["execution_state"]),
                    "last": str(each["last_activity"]),
                }
                for each in sorted(kernels, key=lambda each: str(each["id"]))
            ],
            "terminals": {str(each["name"]): str(each.get("last_activity")) for each in terminals},
        }
    except (KeyError, TypeError) as error:
        raise Unseen(f"Jupyter answers what is not understood: {error!r}") from error


def _server(arguments: argparse.Namespace) -> "tuple[str, str]":
    """The address and the token of the server, from the file that it writes when it starts; else ``--server``."""
    found: list[tuple[float, str, str]] = []
    for path in Path(arguments.runtime).glob("jpserver-*.json"):
        try:
            told = json.loads(path.read_text())
            if _runs(int(told["pid"])):
                found.append((path.stat().st_mtime, str(told["url"]), str(told.get("token") or "")))
        except (OSError, ValueError, KeyError):
            continue
    return max(found)[1:] if found else (arguments.server, "")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _get(server: str, path: str, token: str, missing: Any = None) -> Any:
    headers = {"Authorization": f"token {token}"} if token else {}
    # Without the last part, looking would itself be activity.
    request = urllib.request.Request(f"{server.rstrip('/')}/{path}?no_track_activity=1", headers=headers)
    # Jupyter's certificate here is its own; the request does not leave the instance.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(request, timeout=10) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        if error.code == 404 and missing is not None:
            return missing  # a server without terminals
        raise Unseen(f"Jupyter answers {path} with {error.code}") from error
    except (OSError, ValueError) as error:
        raise Unseen(f"Jupyter does not answer {path}: {error}") from error


def _cpu_seconds() -> float:
    """The seconds that all processors were at work since the start, without those that they waited."""
    try:
        first = Path("/proc/stat").read_text().partition("\n")[0]
    except FileNotFoundError:
        return 0.0  # on no instance: macOS, where its tests run too
    user, nice, system, _idle, _wait, interrupts, soft = (int(each) for each in first.split()[1:8])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def _boot() -> str:
    """What is another one after each start of the instance."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except FileNotFoundError:
        return ""


def _read_state(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text())
        return {**read, "since": float(read["since"]), "cpu": float(read["cpu"]), "at": float(read["at"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write_state(path: Path, state: dict[str, Any]) -> None:
    written = path.with_suffix(".new")
    written.write_text(json.dumps(state))
    written.replace(path)


def _stop(metadata: Path) -> int:
    arn = json.loads(metadata.read_text())["ResourceArn"]
    region, name = arn.split(":")[3], arn.rpartition("/")[2]
    command = ["aws", "sagemaker", "stop-notebook-instance", "--notebook-instance-name", name, "--region", region]
    try:
        done = subprocess.run(command, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        _say(f"could not stop {name}: {error}")
        return _FAILED
    return done.returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--after-minutes", type=float, required=True)
    parser.add_argument("--busy-percent", type=float, required=True, help="of one processor, above which it is busy")
    parser.add_argument("--dry-run", action="store_true", help="say what would be stopped, and leave it")
    parser.add_argument("--server", default="https://localhost:8443")
    parser.add_argument("--runtime", type=Path, default=Path("/home/ec2-user/.local/share/jupyter/runtime"))
    parser.add_argument("--state", type=Path, default=Path("/run/stop-when-idle/state.json"))
    parser.add_argument("--metadata", type=Path, default=Path("/opt/ml/metadata/resource-metadata.json"))
    return parser


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
