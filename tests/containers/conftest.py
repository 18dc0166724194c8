"""The images as real processes: built by the emulator's own store, each trained once."""

from collections.abc import Generator, Mapping
from functools import partial
from pathlib import Path

import pytest

from conformance.container import free_port
from emulator.images.store import ImageStore, LocalImage
from harness.containers.container_processes import Serve, Server, Train, Trained, run_training, start_process
from harness.containers.processing import Process, run_processing
from harness.containers.shared_training import train_once
from harness.containers.tabular_image import CONTEXTS

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> LocalImage:
    store = ImageStore(tmp_path_factory.mktemp("images"), environments=PROJECT / ".emulator" / "environments")
    return store.build(PROJECT / "containers" / "tabular", Path("Dockerfile"), ["tabular"], contexts=CONTEXTS)


@pytest.fixture(scope="session")
def pytorch_image(tmp_path_factory: pytest.TempPathFactory) -> LocalImage:
    """With PyTorch's CPU build."""
    store = ImageStore(tmp_path_factory.mktemp("images"), environments=PROJECT / ".emulator" / "environments")
    return store.build(PROJECT / "containers" / "pytorch", Path("Dockerfile"), ["pytorch"], contexts=CONTEXTS)


@pytest.fixture(scope="session")
def notebooks_image(tmp_path_factory: pytest.TempPathFactory) -> LocalImage:
    """With Jupyter's client and a kernel."""
    store = ImageStore(tmp_path_factory.mktemp("images"), environments=PROJECT / ".emulator" / "environments")
    return store.build(PROJECT / "containers" / "notebooks", Path("Dockerfile"), ["notebooks"])


@pytest.fixture(scope="session")
def wrangling_image(tmp_path_factory: pytest.TempPathFactory) -> LocalImage:
    """With pandas and DuckDB."""
    store = ImageStore(tmp_path_factory.mktemp("images"), environments=PROJECT / ".emulator" / "environments")
    contexts = {"jobs": PROJECT / "containers" / "jobs"}
    return store.build(PROJECT / "containers" / "wrangling", Path("Dockerfile"), ["wrangling"], contexts=contexts)


@pytest.fixture(scope="session")
def monitor_image(tmp_path_factory: pytest.TempPathFactory) -> LocalImage:
    """With DuckDB and SciPy."""
    store = ImageStore(tmp_path_factory.mktemp("images"), environments=PROJECT / ".emulator" / "environments")
    return store.build(PROJECT / "containers" / "monitor", Path("Dockerfile"), ["monitor"])


@pytest.fixture
def train(image: LocalImage, tmp_path: Path) -> Train:
    """Run one training process: `train(hyperparameters, {channel: {file: content}})`."""

    def run(
        hyperparameters: Mapping[str, object] | str,
        channels: Mapping[str, Mapping[str, str]] | None = None,
        folder: str = "ml",
    ) -> Trained:
        return run_training(image, tmp_path / folder, hyperparameters, channels)

    return run


@pytest.fixture
def process(image: LocalImage, tmp_path: Path) -> Process:
    """Run one processing job: `process("evaluate", files={path: content}, processingjobconfig={…})`."""
    return partial(run_processing, image, tmp_path)


@pytest.fixture(scope="session")
def trained(image: LocalImage, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One finished training of the built-in data set; only read it."""
    return train_once(tmp_path_factory, "trained", image, {"dataset": "breast-cancer"})


@pytest.fixture(scope="session")
def pytorch_trained(pytorch_image: LocalImage, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One finished training of the built-in digits in one process; only read it."""
    hyperparameters = {"dataset": "digits", "epochs": "6", "checkpoint_epochs": "3"}
    return train_once(tmp_path_factory, "pytorch-trained", pytorch_image, hyperparameters)


@pytest.fixture(scope="session")
def start_server(image: LocalImage, tmp_path_factory: pytest.TempPathFactory) -> Generator[Serve]:
    """Start serving processes: `start_server(base, NAME=value)`, ended with the session; of the tabular image."""
    started: list[Server] = []

    def start(base: Path, *, ready: bool = True, of: LocalImage = image, **environment: str) -> Server:
        port = str(free_port())
        log = tmp_path_factory.mktemp("server") / "log.txt"
        settings = {
            "SAGEMAKER_BIND_TO_PORT": port,
            "SERVING_BIND_HOST": "127.0.0.1",
            "MODEL_SERVER_WORKERS": "1",
            **environment,
        }
        server = start_process(of, base, log, settings)
        started.append(server)
        if ready:
            server.wait_until_ready()
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.terminate()
            server.process.wait(40)


@pytest.fixture(scope="session")
def server(start_server: Serve, trained: Trained) -> Server:
    """A server with the built-in data set's model."""
    return start_server(trained.base)


@pytest.fixture(scope="session")
def held_out(trained: Trained) -> list[tuple[str, str]]:
    """The held-out rows: the truth and the features as CSV."""
    lines = (trained.base / "output" / "data" / "held_out.csv").read_text().splitlines()[1:]
    return [(truth, features) for truth, _, features in (line.partition(",") for line in lines)]
