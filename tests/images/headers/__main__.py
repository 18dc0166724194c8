"""Answers with the names of the request's headers and two variables; holds `sleep` for a minute."""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"sleep":
            print("sleeping", flush=True)
            time.sleep(60)
        names = sorted(name.lower() for name in self.headers)
        environment = [os.environ.get("MARK"), os.environ.get("AWS_SECRET_ACCESS_KEY")]
        self.answer(json.dumps([names, environment]).encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
