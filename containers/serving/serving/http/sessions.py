"""Stateful sessions: what a model remembers between the requests of one client, for all workers.

Contract: https://docs.aws.amazon.com/sagemaker/latest/dg/stateful-sessions.html
"""

import fcntl
import os
import re
import secrets
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from serving.errors import RequestError

_ID = re.compile(r"[0-9a-f]{32}")


class Session:
    """One session while one request has it; no other request, of whatever worker, has it at the same time."""

    def __init__(self, identity: str, place: Path, descriptor: int) -> None:
        self.id = identity
        self.folder = place / "state"
        """A folder of the session's own: what one request writes there, the next one finds."""
        self.closed = False
        self._place = place
        self._descriptor = descriptor

    @property
    def expires(self) -> str:
        """When it ends by itself, as the contract writes it."""
        end = os.fstat(self._descriptor).st_mtime
        return datetime.fromtimestamp(end, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def close(self) -> None:
        """End the session and delete its folder; the client is told."""
        if not self.closed:
            self.closed = True
            shutil.rmtree(self._place, ignore_errors=True)

    def release(self) -> None:
        """Let the next request have it."""
        os.close(self._descriptor)


class SessionStore:
    """Sessions as folders below `root`, which all workers share: memory, when that is below /dev/shm.

    Each ends `seconds` after its beginning, and there are never more than `maximum`. The state lies in files and not
    in a worker's memory because the kernel, not we, chooses the worker that gets a connection.
    """

    def __init__(self, root: Path, *, seconds: int, maximum: int) -> None:
        self._root = root
        self._seconds = seconds
        self._maximum = maximum

    def open(self) -> Session:
        """Begin a session and take it. Raises RequestError with status 429 when there are too many."""
        with (self._root / "turn").open("a") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            places = [place for place in self._root.iterdir() if place.is_dir()]
            if sum(not self._ended(place) for place in places) >= self._maximum:
                raise RequestError(f"there are {self._maximum} sessions already: close one, or wait for its end", 429)
            identity = secrets.token_hex(16)
            place = self._root / identity
            (place / "state").mkdir(parents=True)
            (place / "lock").touch()
            end = int(time.time()) + self._seconds
            os.utime(place / "lock", (end, end))
        return self.take(identity)

    def take(self, identity: str) -> Session:
        """Wait until no other request has the session, and take it. Raises RequestError with status 404."""
        place = self._root / identity
        unknown = RequestError(f"there is no session '{identity[:64]}', or it has ended: send NEW_SESSION", 404)
        if not _ID.fullmatch(identity):
            raise unknown
        try:
            descriptor = os.open(place / "lock", os.O_RDONLY)
        except FileNotFoundError:
            raise unknown from None
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink == 0 or os.fstat(descriptor).st_mtime <= time.time():
            shutil.rmtree(place, ignore_errors=True)
            os.close(descriptor)
            raise unknown
        return Session(identity, place, descriptor)

    def _ended(self, place: Path) -> bool:
        """Whether a session has ended; one that has, and that no request has in hand, is deleted."""
        try:
            descriptor = os.open(place / "lock", os.O_RDONLY)
        except FileNotFoundError:
            return True
        try:
            if os.fstat(descriptor).st_mtime > time.time():
                return False
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(place, ignore_errors=True)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True
