"""A state directory: who holds it, and what that server says about itself. Standard library only."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LOG_TAIL = 12


@dataclass(frozen=True)
class StateDirectory:
    """Everything about one emulator that outlives its process.

    Args:
        path: The directory.
    """

    path: Path

    @property
    def log(self) -> Path:
        """What the server and its supervisor say."""
        return self.path / "emulator.log"

    @contextmanager
    def starting(self) -> Generator[None]:
        """Let one launcher at a time start an emulator here."""
        with (self.path / "starting.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the directory; the lock goes when the process does, however it ends. Raises BlockingIOError."""
        with (self.path / "server.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def is_held(self) -> bool:
        """Whether a server holds the directory."""
        if not (self.path / "server.lock").exists():
            return False
        try:
            with self.held():
                return False
        except BlockingIOError:
            return True

    def describe(self, **values: Any) -> None:
        """Write what is public about the running server."""
        step = self.path / "server.next"
        step.write_text(json.dumps(values, indent=1))
        step.replace(self.path / "server.json")

    def described(self) -> dict[str, Any]:
        """What the last server said about itself; empty when there was none."""
        try:
            return json.loads((self.path / "server.json").read_text())
        except (OSError, ValueError):
            return {}

    def already_running(self) -> str:
        """One line on the server that holds the directory."""
        known = self.described()
        return (
            f"An emulator is already running in {self.path} since {known.get('started', 'a moment ago')} "
            f"(pid {known.get('pid', '?')}, {known.get('address', 'still starting')}). "
            f"Stop it with: python -m emulator stop --state {self.path}"
        )

    def last_words(self) -> str:
        """The last line of the log."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL:]
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
