"""A thread that stops the event loop never waits for it."""

import threading

import pytest

from emulator.ministack import in_process
from emulator.ministack.state_copies import StateLock


def test_a_thread_with_the_lock_calls_no_service() -> None:
    lock = StateLock()
    with lock, lock, pytest.raises(RuntimeError, match="GetTable of glue waits for the event loop"):
        in_process.call("glue", "GetTable", {"DatabaseName": "a", "Name": "b"})


def test_others_may_wait_meanwhile_and_so_may_the_thread_afterwards() -> None:
    lock = StateLock()
    refused: list[RuntimeError] = []

    def wait() -> None:
        try:
            StateLock.refuse_to_wait("a call")
        except RuntimeError as error:
            refused.append(error)

    with lock:
        other = threading.Thread(target=wait)
        other.start()
        other.join()
    wait()
    assert not refused
