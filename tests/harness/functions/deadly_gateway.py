"""AWS's address as a function sees it, where a call may be the last one of the function's process."""

import http.client
import os
import re
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

_ACTION = re.compile(rb"Action=(\w+)")


class DeadlyGateway(ThreadingHTTPServer):
    """Hands calls on to the emulator at ``port``, and kills the process that made one, as ``kill -9`` does.

    Attributes:
        deadly: Names of operations whose callers are killed when the call was carried out, in this order, once each.
        calls_until_death: After so many calls the caller is killed; None for never.
        calls: All operations that were carried out.
        killed: The operations after which somebody was killed.
    """

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.behind = port
        self.deadly: list[str] = []
        self.calls_until_death: int | None = None
        self.calls: list[str] = []
        self.killed: list[str] = []
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def serving(self) -> Generator["DeadlyGateway"]:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield self
        self.shutdown()
        thread.join()
        self.server_close()

    def ends(self, operation: str, peer: int) -> bool:
        """Kill the caller whose connection comes from the port ``peer`` if it is to die after this call."""
        with self._lock:
            self.calls.append(operation)
            dies = self.deadly[:1] == [operation]
            if dies:
                self.deadly.pop(0)
            if self.calls_until_death is not None:
                self.calls_until_death -= 1
                dies = dies or self.calls_until_death == 0
            if dies:
                self.killed.append(operation)
                os.kill(_process_of(peer, self.server_port), signal.SIGKILL)
        return dies


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _exchange(self) -> None:
        server = cast(DeadlyGateway, self.server)
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        onward = http.client.HTTPConnection("127.0.0.1", server.behind, timeout=900)
        onward.request(self.command, self.path, body, dict(self.headers))
        answer = onward.getresponse()
        content = answer.read()
        onward.close()
        if server.ends(self._operation(body), self.client_address[1]):
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self._exchange()

    def do_PUT(self) -> None:
        self._exchange()

    def do_POST(self) -> None:
        self._exchange()

    def do_DELETE(self) -> None:
        self._exchange()

    def _operation(self, body: bytes) -> str:
        """The name of the operation; method and path where the protocol has none."""
        target = self.headers["X-Amz-Target"]
        if target:
            return target.rpartition(".")[2]
        action = _ACTION.search(body)
        return action[1].decode() if action else f"{self.command} {self.path.partition('?')[0]}"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        del format, args


def _process_of(port: int, connected_to: int) -> int:
    """The process whose connection comes from a port of this machine; others may use that port for other peers."""
    # The kernel may list a connection twice while others come and go, and one that has ended without its socket.
    [found] = {
        each.split()[9]
        for each in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if [int(end.rpartition(":")[2], 16) for end in each.split()[1:3]] == [port, connected_to]
    } - {"0"}
    socket = f"socket:[{found}]"
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(each.readlink() == Path(socket) for each in folder.iterdir()):
                return int(folder.parent.name)
        except OSError:
            continue
    raise ProcessLookupError(f"no process has {socket}")
