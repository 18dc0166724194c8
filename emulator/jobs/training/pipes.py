"""Channels in Pipe mode: what they hold, written into one named pipe after the other as long as somebody reads."""

from __future__ import annotations

import os
import random
import struct
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

_RECORDIO_MAGIC = 0xCED7230A
_POLL_SECONDS = 0.01


class ChannelPipe:
    """A channel as a pipe `<name>_<epoch>` for each epoch: all its units one after the other, as often as it is read.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html

    Args:
        folder: Where the channels of the job are, `input/data`.
        name: The channel.
        units: What is shuffled as a whole: an object, or the attributes of a line of an augmented manifest; of each,
            the parts that it has.
        wrapped: Whether each part is a record of RecordIO.
        seed: Shuffles the units, each epoch in another way; None keeps their order.
    """

    def __init__(
        self, folder: Path, name: str, units: Sequence[Sequence[bytes]], *, wrapped: bool, seed: int | None
    ) -> None:
        """Make the pipe of the first epoch, and wait in a thread for its reader."""
        self._folder = folder
        self._name = name
        self._units = units
        self._wrapped = wrapped
        self._seed = seed
        self._over = threading.Event()
        self._paths: list[Path] = []
        self._make()
        self._thread = threading.Thread(target=self._write, name=f"pipe-{name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End, and take the pipes away. The readers have ended before."""
        self._over.set()
        self._thread.join()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _make(self) -> None:
        path = self._folder / f"{self._name}_{len(self._paths)}"
        os.mkfifo(path)
        self._paths.append(path)

    def _write(self) -> None:
        epoch = 0
        while (pipe := self._opened(self._paths[epoch])) is not None:
            # A reader that has come to the end opens the next one at once.
            self._make()
            try:
                with os.fdopen(pipe, "wb") as stream:
                    for part in self._parts(epoch):
                        stream.write(recordio(part) if self._wrapped else part)
            except BrokenPipeError:
                pass  # Who has seen enough of an epoch closes its pipe.
            epoch += 1

    def _opened(self, path: Path) -> int | None:
        while not self._over.wait(_POLL_SECONDS):
            try:
                pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                continue  # Nobody reads it yet.
            os.set_blocking(pipe, True)
            return pipe
        return None

    def _parts(self, epoch: int) -> Iterator[bytes]:
        units = [*self._units]
        if self._seed is not None:
            random.Random(f"{self._seed}-{epoch}").shuffle(units)
        for unit in units:
            yield from unit


def recordio(content: bytes) -> bytes:
    """A record of RecordIO: the magic number, the length, and the content filled up to whole words.

    https://mxnet.apache.org/versions/1.9.1/api/architecture/note_data_loading
    """
    return struct.pack("<II", _RECORDIO_MAGIC, len(content)) + content + bytes(-len(content) % 4)
