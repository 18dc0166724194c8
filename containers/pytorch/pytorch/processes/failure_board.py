"""Where the first process that fails leaves its reason, so that every machine ends with that one."""

import os
from datetime import timedelta

from torch.distributed import TCPStore  # pyright: ignore[reportPrivateImportUsage]

_PLACE = "FAILURE_BOARD"
_KEY = "reason"
_WAIT = timedelta(seconds=2)


class FailureBoard:
    """A store of one text, on the first machine.

    When one process fails, all others lose their connection to it and fail too, with a message that says nothing.
    """

    def __init__(self, store: TCPStore, here: str) -> None:
        self._store = store
        self._here = here

    @staticmethod
    def host(port: int) -> TCPStore:
        """Open the board; it is there as long as what this returns."""
        return TCPStore("0.0.0.0", port, is_master=True, wait_for_workers=False)

    @staticmethod
    def place(host: str, port: int, here: str) -> dict[str, str]:
        """The variables that tell a process where the board is, and on which machine it runs itself."""
        return {_PLACE: f"{host}:{port}:{here}"}

    @classmethod
    def find(cls) -> "FailureBoard":
        """The board of this process's training."""
        host, port, here = os.environ[_PLACE].split(":")
        return cls(TCPStore(host, int(port), is_master=False, wait_for_workers=False), here)

    def settle(self, error: Exception, own_reason: str) -> str:
        """The reason of the training's end: another process's where this error may follow from that, or our own.

        Collectives that lose a process raise RuntimeError.
        """
        if isinstance(error, RuntimeError):
            try:
                self._store.wait([_KEY], _WAIT)
                return self._store.get(_KEY).decode()
            except RuntimeError:
                pass
        reason = f"{own_reason} (on {self._here})"
        try:
            return self._store.compare_set(_KEY, "", reason).decode() or reason
        except RuntimeError:
            return reason
