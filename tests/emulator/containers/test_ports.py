"""A port belongs to one container at a time."""

import socket

import pytest

from emulator.containers.ports import ReservedPort


def test_nobody_else_gets_a_reserved_port() -> None:
    reserved = [ReservedPort() for _ in range(200)]
    numbers = [port.number for port in reserved]
    assert len(set(numbers)) == len(numbers)
    for port in reserved:
        port.release()


def test_the_mark_is_seen_by_other_processes_until_it_is_released() -> None:
    reserved = ReservedPort()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", reserved.number))
        reserved.release()
        other.bind(("127.0.0.1", reserved.number))


def test_its_server_may_listen_while_it_is_reserved() -> None:
    reserved = ReservedPort()
    with socket.create_server(("127.0.0.1", reserved.number)):
        pass
    reserved.release()
