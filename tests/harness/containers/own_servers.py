"""Servers of models that are not of this project: programs and scripts of the test's own."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from emulator.images.store import ImageStore
from harness.containers.container_processes import Server, start_process
from harness.containers.tabular_image import build_program
from harness.documents import PROJECT

SCRIPTED = "from serving.__main__ import main; raise SystemExit(main(['serve']))"


class OwnServers:
    """Starts servers in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.started: list[Server] = []

    def of_program(self, program: str, **environment: str) -> Server:
        """Serve with the text of a Python file as the image's entry point."""
        place = self._folder / f"image-{len(self.started)}"
        store = ImageStore(place / "store", environments=PROJECT / ".emulator" / "environments")
        build_program(store, place / "context", program, "own")
        image = store.find("own")
        assert image is not None
        with socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        settings = {"SAGEMAKER_BIND_TO_PORT": port, "SERVING_BIND_HOST": "127.0.0.1", "MODEL_SERVER_WORKERS": "1"}
        server = start_process(image, self._folder, place / "log.txt", settings | environment)
        self.started.append(server)
        server.wait_until_ready()
        return server

    def of_script(self, script: str, **environment: str) -> Server:
        """Serve a model whose artifact brings this script along."""
        code = self._folder / "model" / "code"
        code.mkdir(parents=True, exist_ok=True)
        (code / "inference.py").write_text(script)
        return self.of_program(SCRIPTED, **environment)


@contextmanager
def own_servers(folder: Path) -> Generator[OwnServers]:
    """Servers that end with the block."""
    servers = OwnServers(folder)
    try:
        yield servers
    finally:
        for server in servers.started:
            server.process.terminate()
            server.process.wait(40)
