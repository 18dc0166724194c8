"""A load balancer in front of the server, at which one person has signed on."""

import http.client
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from demo.people.server import Server
from demo.people.sign_on import Pool

_OWN = ("connection", "transfer-encoding", "keep-alive")


class Balancer:
    """Hands requests on with the tokens of ``email``; whatever tokens a browser sends itself are replaced."""

    def __init__(self, server: Server, pool: Pool, email: str, groups: Sequence[str]) -> None:
        behind = urlsplit(server.address).netloc

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                # Anew each time, as a load balancer does: they are good for two minutes.
                tokens = pool.headers(email, groups)
                onward = http.client.HTTPConnection(behind, timeout=900)
                kept = {name: value for name, value in self.headers.items() if name.lower() not in (*_OWN, *tokens)}
                onward.request(self.command, self.path, body or None, {**kept, **tokens})
                answer = onward.getresponse()
                content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in (*_OWN, "content-length"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                onward.close()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        for method in ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"):
            setattr(Handler, f"do_{method}", Handler.pass_on)
        self._listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._listening.serve_forever, daemon=True).start()
        self.address: str = f"http://127.0.0.1:{self._listening.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._listening.shutdown()
        self._listening.server_close()
