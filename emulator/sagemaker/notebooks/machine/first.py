"""The first program of a notebook instance's machine: its scripts, then Jupyter, as long as the machine runs.

It reads `/.machine/instance.json` and writes how far it is to `/.machine/logs/state.json`. Standard library only.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HOME = Path("/home/ec2-user")
LOGS = Path("/.machine/logs")
_JUPYTER = Path("/run/jupyter-server.pid")
_SETTINGS = Path("/.machine/instance.json")
_PATH = "/sbin:/bin:/usr/sbin:/usr/bin"
"""What SageMaker says that scripts have. Its folder of commands is `/usr/bin`."""


def main() -> int:
    """Run what is to run at a start, and serve."""
    given: Mapping[str, Any] = json.loads(_SETTINGS.read_text())
    _write_metadata(given)
    for hook, script in given["scripts"]:
        if not _ran(hook, script, given["script_seconds"]):
            _say("failed", hook=hook)
            return 1
        _say("ran", hook=hook)
    command = _jupyter(given)
    server = _started(command, given) if command else None
    if not server:
        _say("ready")
    return _look_after(server, command, given)


def _write_metadata(given: Mapping[str, Any]) -> None:
    place = Path("/opt/ml/metadata")
    place.mkdir(parents=True, exist_ok=True)
    told = {"ResourceArn": given["arn"], "ResourceName": given["name"]}
    (place / "resource-metadata.json").write_text(json.dumps(told))


def _ran(hook: str, content: str, seconds: float) -> bool:
    """Whether a script ended well and in time. It runs as SageMaker runs it: as a file, from the root folder."""
    file = Path("/tmp") / f"{hook}_{time.strftime('%Y-%m-%d-%H-%M')}{uuid.uuid4().hex[:8]}"
    file.write_text(content)
    file.chmod(0o755)
    with (LOGS / f"LifecycleConfig{hook}").open("ab") as log:
        try:
            script = subprocess.Popen(
                [str(file)],
                cwd="/",
                env={**_reached(), "PATH": _PATH, "HOME": "/root"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        except OSError as error:
            log.write(f"/bin/bash: {file}: {error.strerror}\n".encode())
            return False
        try:
            return script.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            os.killpg(script.pid, signal.SIGKILL)
            script.wait()
            return False


def _jupyter(given: Mapping[str, Any]) -> Sequence[str]:
    """How Jupyter is started; empty where there is none."""
    if not given["jupyter"]:
        return ()
    return [
        *(given["jupyter"], "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={given['port']}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={HOME / 'SageMaker'}"),
        f"--IdentityProvider.token={given['token']}",
    ]


def _started(command: Sequence[str], given: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    environment = {
        **_reached(),
        "PATH": f"{Path(given['jupyter']).parent}:{_PATH}",
        "HOME": str(HOME),
        "SHELL": "/bin/bash",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    with (LOGS / "jupyter.log").open("ab") as log:
        server = subprocess.Popen(command, cwd=HOME, env=environment, stdout=log, stderr=log, start_new_session=True)
    _JUPYTER.write_text(str(server.pid))
    return server


def _look_after(server: subprocess.Popen[bytes] | None, command: Sequence[str], given: Mapping[str, Any]) -> int:
    """Wait for whatever ends, as the first program of a machine has to; Jupyter starts again when it ends."""
    if server:
        _say("serving")
    while True:
        try:
            ended, _ = os.wait()
        except ChildProcessError:
            # Nothing runs any more; a service may begin later, as a child of ours.
            time.sleep(0.5)
            continue
        if server and ended == server.pid:
            time.sleep(1)
            server = _started(command, given)


def _reached() -> dict[str, str]:
    names = ("LANG", "TZ")
    kept = {name: value for name, value in os.environ.items() if name.startswith("AWS_") or name in names}
    return {**kept, "TERM": "dumb"}


def _say(state: str, **more: str) -> None:
    written = LOGS / "state.new"
    written.write_text(json.dumps({"state": state, **more}))
    written.replace(LOGS / "state.json")


if __name__ == "__main__":
    sys.exit(main())
