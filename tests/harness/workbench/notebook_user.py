"""Somebody at a Jupyter server: one command a line comes in as JSON, one answer a line goes out.

Runs in the environment of ``tools/jupyter``, whose packages it needs.
"""

import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from importlib import import_module
from typing import Any

websocket: Any = import_module("websocket")
SECONDS = 300.0


class NotebookUser:
    """Does in a server what a page in a browser does."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url.rstrip("/"), token
        self._sockets: dict[str, Any] = {}

    def start_kernel(self, name: str) -> str:
        """The id of a kernel, which may still be starting."""
        return self._ask("POST", "api/kernels", {"name": name})["id"]

    def open_console(self, name: str) -> str:
        """The id of the kernel of a console's session, which may still be starting."""
        asked = {"path": uuid.uuid4().hex, "name": "", "type": "console", "kernel": {"name": name}}
        return self._ask("POST", "api/sessions", asked)["kernel"]["id"]

    def open_notebook(self, name: str) -> str:
        """The id of the kernel of a notebook's session."""
        asked = {"path": name, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        return self._ask("POST", "api/sessions", asked)["kernel"]["id"]

    def run(self, kernel: str, code: str, until: str) -> str:
        """Run a cell; answers when the kernel is idle or busy, or has written its first line (``output``)."""
        socket = self._socket(f"api/kernels/{kernel}/channels")
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": "one"}
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": True, "stop_on_error": True}
        message = {"header": {**header, "version": "5.3"}, "parent_header": {}, "metadata": {}, "content": content}
        socket.send(json.dumps({**message, "channel": "shell", "buffers": []}))
        for came in _messages(socket):
            if came["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            kind = came["header"]["msg_type"]
            state = came["content"].get("execution_state") if kind == "status" else None
            if until == state or (until == "output" and kind == "stream"):
                break
        return until

    def interrupt(self, kernel: str) -> None:
        """Stop what runs in a kernel."""
        self._ask("POST", f"api/kernels/{kernel}/interrupt")

    def restart(self, kernel: str) -> None:
        """Restart a kernel."""
        self._sockets.pop(f"api/kernels/{kernel}/channels", None)
        self._ask("POST", f"api/kernels/{kernel}/restart")

    def end_kernel(self, kernel: str) -> None:
        """End a kernel."""
        self._ask("DELETE", f"api/kernels/{kernel}")

    def wait_for(self, kernel: str, state: str) -> str:
        """Wait until Jupyter says that a kernel is in a state, or knows it no more (``gone``)."""
        deadline = time.monotonic() + SECONDS
        while (seen := self._state(kernel)) != state:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{kernel} is {seen}, not {state}")
            time.sleep(0.05)
        return state

    def open_terminal(self) -> str:
        """The name of a terminal."""
        return self._ask("POST", "api/terminals", {})["name"]

    def type(self, terminal: str, line: str, until: str) -> str:
        """Type a line into a terminal; answers when ``until`` was written in it."""
        socket = self._socket(f"terminals/websocket/{terminal}")
        socket.send(json.dumps(["stdin", f"{line}\r"]))
        written = ""
        for kind, *said in _messages(socket):
            written += said[0] if kind == "stdout" else ""
            if until in written:
                break
        return until

    def close_page(self, kernel: str) -> None:
        """Close the page from which a kernel is used."""
        self._sockets.pop(f"api/kernels/{kernel}/channels").close()

    def close_terminal(self, terminal: str) -> None:
        """Close a terminal."""
        self._ask("DELETE", f"api/terminals/{terminal}")

    def leave(self) -> None:
        """Close all that is open, for whoever comes next."""
        for socket in self._sockets.values():
            socket.close()
        self._sockets.clear()
        for each in self._ask("GET", "api/sessions"):
            self._ask("DELETE", f"api/sessions/{each['id']}")
        for each in self._ask("GET", "api/kernels"):
            self._ask("DELETE", f"api/kernels/{each['id']}")
        for each in self._ask("GET", "api/terminals"):
            self._ask("DELETE", f"api/terminals/{each['name']}")

    def _state(self, kernel: str) -> str:
        try:
            return self._ask("GET", f"api/kernels/{kernel}?no_track_activity=1")["execution_state"]
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return "gone"
            raise

    def _socket(self, path: str) -> Any:
        if path not in self._sockets:
            url = f"{self._url.replace('http', 'ws', 1)}/{path}"
            header = [f"Authorization: token {self._token}"]
            self._sockets[path] = websocket.create_connection(url, timeout=SECONDS, header=header)
        return self._sockets[path]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(f"{self._url}/{path}", method=method)
        request.add_header("Authorization", f"token {self._token}")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data, timeout=SECONDS) as answer:
            content = answer.read()
        return json.loads(content) if content else None


def _messages(socket: Any) -> Iterator[Any]:
    """What comes in time: the server's pings keep a silent connection from timing out."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        yield json.loads(socket.recv())
    raise TimeoutError("nothing of what was waited for came")


def main() -> None:
    """Do what is asked for until nothing more is."""
    user = NotebookUser(*sys.argv[1:])
    for line in sys.stdin:
        name, *given = json.loads(line)
        try:
            told = {"done": getattr(user, name)(*given)}
        except Exception as error:
            told = {"failed": f"{name}: {error!r}"}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
