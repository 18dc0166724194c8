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

_FAULT = re.compile(r"\.yaml:\d+: ")
_FAILURE = re.compile(r"(❌|failed:|\[Error|^Error|_FAILED )")
_TRACEBACK = "Traceback (most recent call last):"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class CdkCli:
    """Runs ``cdk`` with the emulator's environment; its output goes to a log file per command."""

    def __init__(
        self, *, executable: Path, environment: Mapping[str, str], logs: Path, alive: Callable[[], bool]
    ) -> None:
        """``alive`` says whether what the commands talk to still runs."""
        self._alive = alive
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
        silence_seconds: int = 180,
        on_line: Callable[[str], None] | None = None,
    ) -> str:
        """The output of ``cdk <arguments>``; ``on_line`` hears every line as it comes.

        Raises ``DemoFailure`` with the line that says why, when the command fails, takes too long,
        is silent for ``silence_seconds``, or what it talks to is gone.
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
            watch = _Watch(process, timeout_seconds, silence_seconds, self._alive)
            try:
                for raw in process.stdout or ():
                    line = _COLOURS.sub("", raw.rstrip())
                    watch.heard()
                    lines.append(line)
                    file.write(f"{time.monotonic() - started:7.1f}  {line}\n")
                    file.flush()
                    if on_line:
                        on_line(line)
                code = process.wait()
            finally:
                watch.end()
        if watch.verdict:
            raise DemoFailure(f"cdk {name} was stopped: {watch.verdict} (see {log})")
        if code != 0:
            raise DemoFailure(f"cdk {name} failed: {_reason(lines)} (see {log})")
        return "\n".join(lines)


class _Watch:
    """Kills a process and its children: out of time, silent, without what it talks to, or at the end."""

    def __init__(
        self, process: "subprocess.Popen[str]", seconds: int, silence: int, alive: Callable[[], bool]
    ) -> None:
        self.verdict: str | None = None
        self._process = process
        self._end = time.monotonic() + seconds
        self._seconds = seconds
        self._silence = silence
        self._heard = time.monotonic()
        self._alive = alive
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while self.verdict is None and not self._over.wait(0.5):
            if time.monotonic() > self._end:
                self.verdict = f"it took longer than {self._seconds} s"
            elif time.monotonic() > self._heard + self._silence:
                self.verdict = f"it said nothing for {self._silence} s"
            elif not self._alive():
                self.verdict = "the embedded AWS ended in the middle of it; run make demo again"
        self._kill()

    def heard(self) -> None:
        """The process has said something."""
        self._heard = time.monotonic()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _kill(self) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _reason(lines: Sequence[str]) -> str:
    if _TRACEBACK in lines and (raised := _last_exception(lines)):
        return raised
    for pattern in (_FAULT, _FAILURE):
        telling = [line.strip() for line in lines if pattern.search(line)]
        if telling:
            more = f" (and {len(telling) - 1} more)" if pattern is _FAULT and len(telling) > 1 else ""
            return f"{telling[0][:500]}{more}"
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][:500] if said else "it said nothing"


def _last_exception(lines: Sequence[str]) -> str:
    """The line of the exception that ended a Python program; empty when its traceback is cut off."""
    last = len(lines) - 1 - lines[::-1].index(_TRACEBACK)
    # Frames are indented, the exception is not.
    return next((line[:500] for line in lines[last + 1 :] if line and not line.startswith(" ")), "")
