"""A server that plays Slack, Teams and PagerDuty."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Mapping[str, str]]
FINE: Answer = (200, {})
BUSY: Answer = (500, {})


class Vendor:
    """Takes webhooks at `url`, and answers what it is told to, or that all is well."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Any]] = []
        self.answers: list[Answer] = []
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Content-Type"] == "application/json"
                vendor.requests.append((self.path, body))
                status, headers = vendor.answers.pop(0) if vendor.answers else FINE
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                del format, args

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def told(self, path: str) -> list[Any]:
        """Bodies of the requests to a path."""
        return [body for place, body in self.requests if place == path]

    def close(self) -> None:
        """Take no requests any more."""
        self.server.shutdown()
        self.server.server_close()
