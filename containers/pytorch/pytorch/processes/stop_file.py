"""How the processes of a machine learn that SIGTERM has come to the one that started them."""

import os
from pathlib import Path
from types import FrameType

_PLACE = "STOP_FILE"


class StopFile:
    """A file that is there as soon as the training should end: a StopRequest for several processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def find(cls) -> "StopFile":
        """The file of this process's training."""
        return cls(Path(os.environ[_PLACE]))

    def place(self) -> dict[str, str]:
        """The variable that tells a process where the file is."""
        return {_PLACE: str(self._path)}

    def handle(self, signal_number: int, frame: FrameType | None) -> None:
        """Ask, as a signal's handler."""
        del signal_number, frame
        self.ask()

    def ask(self) -> None:
        """Ask all processes of this machine to end."""
        self._path.touch()

    @property
    def received(self) -> bool:
        """Whether they have been asked."""
        return self._path.exists()
