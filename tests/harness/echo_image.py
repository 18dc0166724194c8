"""A small image under SageMaker's contract: it repeats what it gets, and misbehaves when told to."""

from pathlib import Path

from emulator.images.store import ImageStore
from emulator.launcher import PROJECT

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/assets:echo"

PROGRAM = """\
import json, os, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
base = os.environ["SAGEMAKER_BASE_DIR"]
models = {}
released = threading.Event()
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/models":
            return self.answer(200, json.dumps(sorted(models)).encode())
        self.answer(200, b"")
    def do_DELETE(self):
        self.answer(200 if models.pop(self.path.split("/")[2], None) else 404, b"")
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/models":
            return self.load(json.loads(body))
        if body == b"die":
            os._exit(3)
        if body == b"refuse":
            return self.answer(418, b"a teapot")
        if body.startswith(b"sleep "):
            time.sleep(float(body[6:]))
        if body.startswith((b"stream ", b"break ", b"hold ")):
            return self.stream(body.decode().split())
        if body.startswith(b"say "):
            print(os.environ.get("MARK"), body.decode()[4:], flush=True)
        if body == b"release":
            released.set()
        said = {"body": body.decode(), "mark": os.environ.get("MARK")}
        if "TELLS_TYPE" in os.environ:
            said["type"] = self.headers.get("Content-Type")
        if self.path.startswith("/models/"):
            said["model"] = models[self.path.split("/")[2]]
            said["loaded"] = len(models)
        self.answer(200, json.dumps(said).encode())
    def load(self, asked):
        if asked["model_name"] in models:
            return self.answer(409, b"")
        if len(models) >= int(os.environ.get("MOST_MODELS", "100")):
            return self.answer(507, b"no room")
        with open(asked["url"] + "/weights.txt") as stream:
            models[asked["model_name"]] = stream.read()
        self.answer(200, b"")
    def stream(self, asked):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(int(asked[1])):
            self.wfile.write(b"3\\r\\n%03d\\r\\n" % number)
            if asked[0] == "hold":
                released.wait(30)
        if asked[0] == "break":
            os._exit(3)
        self.wfile.write(b"0\\r\\n\\r\\n")
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
