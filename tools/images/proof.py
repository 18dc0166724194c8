"""Trains, serves and processes in a built image, in a network of its own that leads nowhere.

Runs below `unshare --net`: `python -m tools.images.proof CONTAINER FOLDER HYPERPARAMETERS`.
"""

import fcntl
import http.client
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

PORT = 8080
START_SECONDS = 60
_SET_INTERFACE_FLAGS = 0x8914
_INTERFACE_UP = 1


def main() -> int:
    """Train, then serve what was trained and ask it for one row; the exit code is 1 when either fails."""
    container, folder, hyperparameters = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    _loopback_up()
    _refuse_outside()
    configuration = folder / "input" / "config"
    configuration.mkdir(parents=True)
    (configuration / "hyperparameters.json").write_text(hyperparameters)
    inside = ["buildah", "run", "--isolation", "chroot", "--volume", f"{folder}:/opt/ml", container, "--"]
    image_folder = container.partition("-working")[0].rpartition("/")[2]
    program = ["python", "-m", image_folder]
    subprocess.run([*inside, *program, "train"], check=True)
    server = subprocess.Popen([*inside, *program, "serve"])
    try:
        _wait_until_ready(server)
        row = (folder / "output" / "data" / "held_out.csv").read_text().splitlines()[1].partition(",")[2]
        answer = _ask("POST", "/invocations", row)
        print(f"answer: {answer.strip()}", flush=True)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    return 0


def _loopback_up() -> None:
    with socket.socket() as any_socket:
        wish = struct.pack("16sh14x", b"lo", _INTERFACE_UP)
        fcntl.ioctl(any_socket, _SET_INTERFACE_FLAGS, wish)


def _refuse_outside() -> None:
    interfaces = [name for _, name in socket.if_nameindex()]
    if interfaces != ["lo"]:
        raise SystemExit(f"the network is not cut: {', '.join(interfaces)}")


def _wait_until_ready(server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            _ask("GET", "/ping")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the server does not start")


def _ask(method: str, path: str, body: str = "") -> str:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    connection.request(method, path, body, {"Content-Type": "text/csv"})
    response = connection.getresponse()
    text = response.read().decode()
    if response.status != 200:
        raise SystemExit(f"{method} {path} answers {response.status}: {text}")
    return text


if __name__ == "__main__":
    sys.exit(main())
