"""A running emulator for the tests of this folder, and boto3 clients for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import PROJECT, EmulatorError, RunningEmulator, attach, start
from harness.aws_clients import Clients, clients_of
from harness.containers.echo_image import build_echo
from harness.containers.tabular_image import build_pushed
from harness.data.athena import Ask, asking


@pytest.fixture(scope="session")
def image_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for images of the tests, with the project's shared environments."""
    root = tmp_path_factory.mktemp("images")
    environments = PROJECT / ".emulator" / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    (root / "environments").symlink_to(environments)
    return root


@pytest.fixture
def own_state(tmp_path: Path, image_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state directory for a test that starts, stops and kills emulators itself."""
    monkeypatch.setenv("EMULATOR_IMAGE_ROOT", str(image_root))
    state = tmp_path / "state"
    yield state
    try:
        attach(state).stop()
    except EmulatorError:
        return


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory, image_root: Path) -> Iterator[RunningEmulator]:
    """The emulator that most tests share."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EMULATOR_IMAGE_ROOT", str(image_root))
        # State machines wait for a tenth of what they say.
        environment.setenv("SFN_WAIT_SCALE", "0.1")
        running = start(tmp_path_factory.mktemp("emulator") / "state")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def client(emulator: RunningEmulator) -> Clients:
    """Makes clients of the shared emulator."""
    return clients_of(emulator)


@pytest.fixture(scope="session")
def sagemaker(client: Clients) -> Any:
    """A SageMaker client of the shared emulator."""
    return client("sagemaker")


@pytest.fixture(scope="session")
def echo_image(image_root: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URI of an image that trains and serves in a moment."""
    return build_echo(image_root, tmp_path_factory.mktemp("echo"))


@pytest.fixture(scope="session")
def tabular_image(image_root: Path) -> str:
    """URI of the real tabular image."""
    return build_pushed(image_root, "tabular")


@pytest.fixture(scope="session")
def ask(client: Clients) -> Ask:
    """Carries out a query in a database of its own, and gives what comes of it."""
    return asking(client)
