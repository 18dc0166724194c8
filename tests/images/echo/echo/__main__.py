"""Repeats what it gets, and misbehaves when told to."""

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BASE = Path(os.environ["SAGEMAKER_BASE_DIR"])
models: dict[str, str] = {}
released = threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(200, json.dumps(sorted(models)).encode() if self.path == "/models" else b"")

    def do_DELETE(self) -> None:
        self.answer(200 if models.pop(self.path.split("/")[2], None) else 404, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"die":
            os._exit(3)
        if self.path == "/models":
            self.load(json.loads(body))
        elif body == b"refuse":
            self.answer(418, b"a teapot")
        elif body.startswith((b"stream ", b"break ", b"hold ")):
            self.stream(body.decode().split())
        else:
            self.repeat(body)

    def repeat(self, body: bytes) -> None:
        if body.startswith(b"sleep "):
            time.sleep(float(body[6:]))
        if body.startswith(b"say "):
            print(os.environ.get("MARK"), body.decode()[4:], flush=True)
        if body == b"release":
            released.set()
        said: dict[str, Any] = {"body": body.decode(), "mark": os.environ.get("MARK")}
        if "TELLS_TYPE" in os.environ:
            said["type"] = self.headers.get("Content-Type")
        if self.path.startswith("/models/"):
            said["model"] = models[self.path.split("/")[2]]
            said["loaded"] = len(models)
        self.answer(200, json.dumps(said).encode())

    def load(self, asked: dict[str, str]) -> None:
        if asked["model_name"] in models:
            self.answer(409, b"")
        elif len(models) >= int(os.environ.get("MOST_MODELS", "100")):
            self.answer(507, b"no room")
        else:
            models[asked["model_name"]] = (Path(asked["url"]) / "weights.txt").read_text()
            self.answer(200, b"")

    def stream(self, asked: Sequence[str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(int(asked[1])):
            self.wfile.write(b"3\r\n%03d\r\n" % number)
            if asked[0] == "hold":
                released.wait(300)
        if asked[0] == "break":
            os._exit(3)
        self.wfile.write(b"0\r\n\r\n")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        attributes = self.headers.get("X-Amzn-SageMaker-Custom-Attributes")
        if attributes:
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", attributes)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


def train() -> None:
    parameters = json.loads((BASE / "input" / "config" / "hyperparameters.json").read_text())
    time.sleep(float(parameters.get("seconds", "0")))
    if "failure" in parameters:
        (BASE / "output" / "failure").write_text(parameters["failure"])
        sys.exit(1)
    (BASE / "model" / "weights.txt").write_text("1")
    print(f"score={parameters.get('score', '0.75')};", flush=True)


def serve() -> None:
    time.sleep(float(os.environ.get("SECONDS_TO_START", "0")))
    if "BROKEN" in os.environ:
        sys.exit("this model is broken")
    address = os.environ["SERVING_BIND_HOST"], int(os.environ["SAGEMAKER_BIND_TO_PORT"])
    ThreadingHTTPServer(address, Handler).serve_forever()


if sys.argv[1] == "train":
    train()
else:
    serve()
