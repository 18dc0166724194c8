"""A small image under SageMaker's contract: it repeats what it gets, and misbehaves when told to."""

from pathlib import Path

from emulator.images import ImageStore
from emulator.launcher import PROJECT

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/assets:echo"

PROGRAM = """\
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
base = os.environ["SAGEMAKER_BASE_DIR"]
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, b"")
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"die":
            os._exit(3)
        if body == b"refuse":
            return self.answer(418, b"a teapot")
        if body.startswith(b"sleep "):
            time.sleep(float(body[6:]))
        self.answer(200, json.dumps({"body": body.decode(), "mark": os.environ.get("MARK")}).encode())
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        attributes = self.headers.get("X-Amzn-SageMaker-Custom-Attributes")
        if attributes:
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", attributes)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
if sys.argv[1] == "train":
    with open(base + "/input/config/hyperparameters.json") as stream:
        parameters = json.load(stream)
    time.sleep(float(parameters.get("seconds", "0")))
    if "failure" in parameters:
        with open(base + "/output/failure", "w") as stream:
            stream.write(parameters["failure"])
        sys.exit(1)
    with open(base + "/model/weights.txt", "w") as stream:
        stream.write("1")
    print("score=0.75;", flush=True)
else:
    time.sleep(float(os.environ.get("SECONDS_TO_START", "0")))
    if "BROKEN" in os.environ:
        sys.exit("this model is broken")
    address = os.environ["SERVING_BIND_HOST"], int(os.environ["SAGEMAKER_BIND_TO_PORT"])
    ThreadingHTTPServer(address, Handler).serve_forever()
"""

DOCKERFILE = """\
FROM python:3.11-slim
COPY requirements.txt /opt/
RUN pip install --require-hashes -r /opt/requirements.txt
COPY echo /opt/program/echo
ENV PYTHONPATH=/opt/program
ENTRYPOINT ["python", "-m", "echo"]
"""


def write_echo(context: Path) -> Path:
    """Write the image's folder; its lock holds one small package, taken from the emulator's own."""
    package = context / "echo"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(PROGRAM)
    (context / "Dockerfile").write_text(DOCKERFILE)
    locked = (PROJECT / "emulator" / "requirements.txt").read_text()
    entry = locked[locked.index("six==") :].split("    # via")[0]
    (context / "requirements.txt").write_text(entry)
    return context


def build_echo(image_root: Path, folder: Path) -> str:
    """Build the image into a store; returns its URI."""
    context = write_echo(folder / "echo-image")
    store = ImageStore(image_root)
    store.build(context, context / "Dockerfile", [URI])
    store.push(URI)
    return URI
