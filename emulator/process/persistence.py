"""Save the emulator's state soon after each change, so that it survives even `kill -9`.

Each save is a *generation*: a folder with one file per service. Unchanged files are hard links to the
generation before. A symbolic link names the current one and is swapped in one step, so that what is
loaded at start always belongs together.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from emulator.ministack.state_copies import ServiceState

logger = logging.getLogger("emulator.persistence")

DEBOUNCE_SECONDS = 0.3
_READING = ("Describe", "List", "Get", "Head", "BatchGet", "Lookup", "Filter")


def changes_state(method: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a request may have changed anything; in doubt it has."""
    target = headers.get("x-amz-target", "")
    if target:
        return not target.rsplit(".", 1)[-1].startswith(_READING)
    if body.startswith(b"Action=") or b"&Action=" in body[:4096]:
        action = body.split(b"Action=", 1)[1][:60].decode("ascii", "replace")
        return not action.startswith(_READING)
    return method not in ("GET", "HEAD", "OPTIONS")


class StateFolder:
    """Generations of saved state.

    Args:
        folder: Where the generations lie; created when missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._link = folder / "current"
        self._digests: dict[str, str] = {}

    @property
    def current(self) -> Path:
        """The last complete generation; a path that does not exist before the first save."""
        return self._link.resolve() if self._link.is_symlink() else self._link

    def set_aside(self, service: str) -> Path:
        """Keep a service's file, which cannot be read, where no save deletes it; returns its new place."""
        unreadable = self.current / f"{service}.json"
        kept = self._folder / "unreadable" / f"{self.current.name}-{unreadable.name}"
        kept.parent.mkdir(exist_ok=True)
        shutil.copy2(unreadable, kept)
        return kept

    def write(self, contents: Mapping[str, bytes], same: Iterable[str] = ()) -> bool:
        """Write a generation; returns False when nothing differs from the last.

        Args:
            contents: Of the files, by service.
            same: Further services, whose files are those of the last generation.
        """
        digests = {name: self._digests[name] for name in same}
        digests.update((name, hashlib.sha256(content).hexdigest()) for name, content in contents.items())
        if digests == self._digests:
            return False
        old = self.current
        number = int(old.name) + 1 if old.name.isdigit() else 1
        new = self._folder / f"{number:08d}"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        for name in digests:
            path = new / f"{name}.json"
            content = contents.get(name)
            if content is None or (digests[name] == self._digests.get(name) and (old / path.name).exists()):
                os.link(old / path.name, path)
            else:
                path.write_bytes(content)
        step = self._folder / "next"
        step.unlink(missing_ok=True)
        step.symlink_to(new.name)
        step.replace(self._link)
        self._digests = digests
        for stale in self._folder.iterdir():
            if stale.name.isdigit() and stale != new:
                shutil.rmtree(stale, ignore_errors=True)
        return True


class Saver:
    """Saves once things have been quiet for a moment, or after one second of changes.

    Args:
        folder: Where to.
        collect: Copies every service's state; called on the event loop.
        encode: Turns one service's state into the content of its file; called on a thread, and for states only that
            differ from what is on disk.
    """

    def __init__(
        self,
        folder: StateFolder,
        collect: Callable[[], Mapping[str, ServiceState]],
        encode: Callable[[str, Mapping[str, Any]], bytes],
    ) -> None:
        self._folder = folder
        self._collect = collect
        self._encode = encode
        self._changed = threading.Event()
        self._writing = threading.Lock()
        self._written: Mapping[str, int] = {}

    def changed(self) -> None:
        """Say that something changed; may be called from any thread."""
        self._changed.set()

    async def run(self) -> None:
        """Save after changes, for ever."""
        while True:
            await asyncio.sleep(DEBOUNCE_SECONDS)
            if not self._changed.is_set():
                continue
            self._changed.clear()
            try:
                states = self._collect()
            except RuntimeError as error:
                # A service's thread changed its records while they were copied: try again in a moment.
                logger.debug("state was changing while copied: %s", error)
                self._changed.set()
                continue
            await asyncio.to_thread(self._write, states)

    def save_now(self) -> None:
        """Save at once, at shutdown."""
        for _ in range(20):
            try:
                self._write(self._collect())
                return
            except RuntimeError as error:
                logger.debug("state was changing while copied: %s", error)

    def _write(self, states: Mapping[str, ServiceState]) -> None:
        with self._writing:
            versions = {name: state.version for name, state in states.items()}
            written, self._written = self._written, {}
            differ = [name for name, version in versions.items() if written.get(name) != version]
            try:
                self._folder.write(
                    {name: self._encode(name, states[name].value) for name in differ}, versions.keys() - differ
                )
                self._written = versions
            except (OSError, TypeError) as error:
                logger.error("state could not be saved: %s", error)
