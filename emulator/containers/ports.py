"""Ports for containers, each for one at a time, whichever emulator on this machine started it."""

from __future__ import annotations

import random
import socket

# Below the range that the kernel gives to clients, any of which may take a port before its server listens.
_LOWEST, _HIGHEST = 20_000, 32_000
_HOST = "127.0.0.1"


class ReservedPort:
    """A TCP port that nobody listens on, kept for its server until `release`.

    A server may be seconds from listening, and one with several workers shares its port: a second server on it would
    not fail, but take a part of the requests. The UDP port of the same number, which no container uses, is the mark
    that other emulators see.
    """

    def __init__(self) -> None:
        while True:
            number = random.randrange(_LOWEST, _HIGHEST)
            mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                mark.bind((_HOST, number))
                with socket.socket() as probe:
                    probe.bind((_HOST, number))
            except OSError:
                mark.close()
                continue
            self.number = number
            self._mark = mark
            return

    def release(self) -> None:
        """Let others have the port; the end of the process that reserved it does so too."""
        self._mark.close()
