"""Answers each line with its length and the number of the request's lines; notes each request in the log."""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BASE = Path(os.environ["SAGEMAKER_BASE_DIR"])
lock = threading.Lock()
under_way = most = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        wishes = os.environ.get("WISHES")
        if self.path == "/ping":
            self.answer(200, b"")
        else:
            self.answer(200 if wishes else 404, (wishes or "").encode())

    def do_POST(self) -> None:
        global under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        body = self.body()
        end = time.monotonic() + 5
        while most < int(os.environ.get("TOGETHER", "1")) and time.monotonic() < end:
            time.sleep(0.01)
        with lock:
            under_way -= 1
        self.note(body)
        if b"die" in body:
            os._exit(3)
        if b"wait" in body:
            time.sleep(60)
        if b"refuse" in body:
            self.answer(400, b"no such row")
        elif b"shaky" in body and not (BASE / "shaken").exists():
            (BASE / "shaken").touch()
            self.answer(500, b"not yet")
        else:
            self.answer(200, self.lengths(body.splitlines()[: 1 if b"short" in body else None]).encode())

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def note(self, body: bytes) -> None:
        note = {
            "body": body.decode(),
            "type": self.headers["Content-Type"],
            "accept": self.headers["Accept"],
            "chunked": "Transfer-Encoding" in self.headers,
            "together": most,
            "batch": {k: v for k, v in os.environ.items() if k.startswith("SAGEMAKER_") or k == "MINE"},
        }
        # In one piece, as several threads write.
        print(f"{json.dumps(note)}\n", end="", flush=True)

    def lengths(self, lines: list[bytes]) -> str:
        if self.headers["Accept"] == "application/jsonlines":
            return "".join(json.dumps({"score": len(line)}) + "\n" for line in lines)
        if self.headers["Accept"] == "application/json":
            return json.dumps({"rows": len(lines)})
        return "".join(f"{len(line)},{len(lines)}\n" for line in lines)

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


address = os.environ["SERVING_BIND_HOST"], int(os.environ["SAGEMAKER_BIND_TO_PORT"])
ThreadingHTTPServer(address, Handler).serve_forever()
