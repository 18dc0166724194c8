"""One build: its phases in a shell, enclosed in a folder."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator.containers.container import GUARD
from emulator.containers.enclosure import available, enclosed
from emulator.services.codebuild.buildspec import PHASES, Buildspec

_POLL_SECONDS = 0.05
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "LD_LIBRARY_PATH", "NODE_PATH")


@dataclass(frozen=True)
class BuildFolders:
    """Where builds may write (`root`), and what this one has there: its home, its source and its log."""

    root: Path
    home: Path

    @property
    def source(self) -> Path:
        """The source, where the commands begin."""
        return self.home / "src"

    @property
    def log(self) -> Path:
        """All that the commands say."""
        return self.home / "log.txt"


@dataclass
class BuildProcess:
    """Runs phases one by one; they share variables and working directory, as those of one shell do.

    Args:
        spec: What is run.
        folders: Where.
        environment: All variables but the machine's.
        privileged: Whether it may write anywhere, as the docker stand-in does.
        ends_at: When time is over, by the monotonic clock.
        delivers: Called often, to hand on what the log says.
    """

    spec: Buildspec
    folders: BuildFolders
    environment: Mapping[str, str]
    privileged: bool
    ends_at: float
    delivers: Callable[[], None]
    stopping: threading.Event = field(default_factory=threading.Event)
    timed_out: bool = False

    def phases(self) -> Iterator[tuple[str, bool, str]]:
        """Each phase as it ends: its name, whether it succeeded, and what failed otherwise.

        Without a phase that failed, the next one follows; after the build has failed, what comes after it does, too.
        """
        failed = False
        for name in PHASES:
            phase = self.spec.phases.get(name)
            if phase is None:
                continue
            if failed and name != "post_build":
                continue
            succeeding = {"CODEBUILD_BUILD_SUCCEEDING": "0" if failed else "1"}
            said = self._run(name, phase.commands, succeeding)
            if phase.finally_ and not self._ended:
                said = self._run(f"{name}-finally", phase.finally_, succeeding) or said
            yield name, not said, said
            failed = failed or bool(said)
            if self._ended or (said and (phase.aborts or name in ("install", "pre_build"))):
                return

    @property
    def _ended(self) -> bool:
        return self.timed_out or self.stopping.is_set()

    def exported(self) -> Mapping[str, str]:
        """The variables that later actions of a pipeline read, as the last phase left them."""
        state = self.folders.home / "variables"
        if not self.spec.exported or not state.exists():
            return {}
        names = " ".join(shlex.quote(each) for each in self.spec.exported)
        read = 'eval "v=\\${$n-}"; printf "%s\\0%s\\0" "$n" "$v"'
        script = f". {shlex.quote(str(state))}; for n in {names}; do {read}; done"
        shown = subprocess.run(["sh", "-c", script], env={}, capture_output=True, text=True, check=False)
        parts = shown.stdout.split("\0")
        return dict(zip(parts[:-1:2], parts[1::2], strict=False))

    def _run(self, name: str, commands: Sequence[str], more: Mapping[str, str]) -> str:
        """Run commands; what failed, or nothing."""
        if not commands:
            return ""
        script = self.folders.home / f"{name}.sh"
        script.write_text(self._script(commands))
        command = [self.spec.shell, str(script)]
        if not self.privileged and available():
            command = enclosed(self.folders.root, command)
        inherited = {each: os.environ[each] for each in _INHERITED if each in os.environ}
        pid_file = self.folders.home / "pid"
        pid_file.unlink(missing_ok=True)
        with self.folders.log.open("ab") as log:
            guard = subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARD), str(pid_file), *command],
                cwd=self.folders.source,
                env={**inherited, "HOME": str(self.folders.home), **self.environment, **more},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            code = self._wait(guard, pid_file)
        self.delivers()
        if self.timed_out:
            return "BUILD_TIMED_OUT: Build has timed out."
        if self.stopping.is_set():
            return "the build was stopped"
        if code:
            failing = self.folders.home / "command"
            said = failing.read_text().strip() if failing.exists() else ""
            return f"COMMAND_EXECUTION_ERROR: Error while executing command: {said}. Reason: exit status {code}"
        return ""

    def _wait(self, guard: subprocess.Popen[bytes], pid_file: Path) -> int:
        while (code := guard.poll()) is None:
            self.timed_out = self.timed_out or time.monotonic() > self.ends_at
            if self._ended and pid_file.exists() and guard.stdin and not guard.stdin.closed:
                guard.send_signal(signal.SIGTERM)
                # The guard ends the rest when its input does.
                guard.stdin.close()
            self.delivers()
            time.sleep(_POLL_SECONDS)
        return code

    def _script(self, commands: Sequence[str]) -> str:
        """All commands of a phase in one shell, which takes up and leaves behind variables and working directory."""
        home = shlex.quote(str(self.folders.home))
        lines = [
            f"if [ -f {home}/variables ]; then succeeding=$CODEBUILD_BUILD_SUCCEEDING; . {home}/variables; "
            'export CODEBUILD_BUILD_SUCCEEDING="$succeeding"; fi',
            f'if [ -f {home}/directory ]; then cd "$(cat {home}/directory)" || exit 1; fi',
            f"trap 'status=$?; export -p > {home}/variables; pwd > {home}/directory; exit $status' EXIT",
        ]
        for each in commands:
            shown = shlex.quote(each)
            lines += [
                f"printf '%s\\n' {shown} > {home}/command",
                f"printf '[Container] Running command %s\\n' {shown}",
                each,
                "status=$?; if [ $status -ne 0 ]; then exit $status; fi",
            ]
        return "\n".join(lines) + "\n"
