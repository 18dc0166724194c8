"""Runs a container's processes in a network namespace without any route, and says whether they tried to leave it.

Started as a program of its own, under `unshare --net`: reads the steps as JSON, writes what happened as JSON.
"""

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


def run_isolated(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Run the steps one after the other; what they answered, and what left the loopback interface in vain.

    A step is `{"run": command, "environment": {…}}` or, for a server that is asked once,
    `{"serve": command, "environment": {…}, "port": …, "body": …}`.
    """
    unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    done = subprocess.run(
        [*unshare, sys.executable, __file__],
        input=json.dumps(list(steps)),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _loopback_up() -> None:
    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _interfaces() -> list[str]:
    return sorted(name for _, name in socket.if_nameindex())


def _lost() -> dict[str, int]:
    """Packets without a route, and datagrams to nobody: how name servers on the loopback interface are asked."""
    counters: dict[str, int] = {}
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        counters |= {f"{names[0]}{name}": int(value) for name, value in zip(names[1:], values[1:], strict=True)}
    for line in Path("/proc/net/snmp6").read_text().splitlines():
        name, value = line.split()
        counters[name] = int(value)
    watched = ("Ip:OutNoRoutes", "Ip6OutNoRoutes", "Udp:NoPorts", "Udp6NoPorts")
    return {name: counters[name] for name in watched if counters[name]}


def _run(step: Mapping[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        step["run"], env=step["environment"], capture_output=True, text=True, check=False, timeout=120
    )
    return {"exit_code": done.returncode, "output": done.stdout + done.stderr}


def _serve(step: Mapping[str, Any]) -> dict[str, Any]:
    with subprocess.Popen(step["serve"], env=step["environment"], stdout=sys.stderr) as process:
        end = time.monotonic() + 300
        while time.monotonic() < end and process.poll() is None:
            connection = HTTPConnection("127.0.0.1", step["port"], timeout=900)
            try:
                connection.request("POST", "/invocations", step["body"], {"content-type": "text/csv"})
                response = connection.getresponse()
                answer = {"status": response.status, "output": response.read().decode()}
                break
            except ConnectionError:
                time.sleep(0.05)
            finally:
                connection.close()
        else:
            answer = {"status": 0, "output": "the server did not get ready"}
        process.terminate()
        return {**answer, "exit_code": process.wait(40)}


def main() -> None:
    """Run the steps in this namespace."""
    before = _interfaces()
    routes = Path("/proc/net/route").read_text().splitlines()[1:]
    _loopback_up()
    answers = [_serve(step) if "serve" in step else _run(step) for step in json.load(sys.stdin)]
    print(json.dumps({"interfaces": before, "routes": routes, "lost": _lost(), "answers": answers}))


if __name__ == "__main__":
    main()
