"""The unmodified CDK command line, pointed at the emulator."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from demo.failure import DemoFailure

_FAILURE = re.compile(r"(❌|failed:|\[Error|^Error|^config/|_FAILED )")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class CdkCli:
    """Runs ``cdk`` with the emulator's environment; its output goes to a log file per command."""

    def __init__(self, *, executable: Path, environment: Mapping[str, str], logs: Path) -> None:
        self._executable = executable
        self._environment = dict(environment)
        self._logs = logs

    def run(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        folder: Path,
        timeout_seconds: int,
        on_line: Callable[[str], None] | None = None,
    ) -> str:
        """The output of ``cdk <arguments>``; ``on_line`` hears every line as it comes.

        Raises ``DemoFailure`` with the line that says why, when the command fails or takes too long.
        """
        log = self._logs / f"cdk-{name}.log"
        lines: list[str] = []
        started = time.monotonic()
        with (
            log.open("w") as file,
            subprocess.Popen(
                [self._executable, *arguments, "--no-notices", "--no-color"],
                cwd=folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            ) as process,
        ):
            timer = _Deadline(process, timeout_seconds)
            try:
                for raw in process.stdout or ():
                    line = _COLOURS.sub("", raw.rstrip())
                    lines.append(line)
                    file.write(f"{time.monotonic() - started:7.1f}  {line}\n")
                    file.flush()
                    if on_line:
                        on_line(line)
                code = process.wait()
            finally:
                timer.cancel()
        if timer.expired:
            raise DemoFailure(f"cdk {name} took longer than {timeout_seconds} s; see {log}")
        if code != 0:
            raise DemoFailure(f"cdk {name} failed: {_reason(lines)} (see {log})")
        return "\n".join(lines)


class _Deadline:
    """Kills a process and its children when its time is up, or when the caller gives up on it."""

    def __init__(self, process: "subprocess.Popen[str]", seconds: int) -> None:
        self.expired = False
        self._process = process
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def _expire(self) -> None:
        self.expired = True
        self._kill()

    def cancel(self) -> None:
        self._timer.cancel()
        if self._process.poll() is None:
            self._kill()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _reason(lines: Sequence[str]) -> str:
    telling = [line.strip() for line in lines if _FAILURE.search(line)]
    if telling:
        return telling[0][:500]
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][:500] if said else "it said nothing"
