"""One training for all workers of a test run, whichever of them needs it first."""

import fcntl
from collections.abc import Mapping

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Trained, run_training


def train_once(
    factory: pytest.TempPathFactory,
    name: str,
    image: LocalImage,
    hyperparameters: Mapping[str, object],
    role: str = "train",
) -> Trained:
    """Train in the folder `name` that all workers share, or take what another worker has trained there."""
    base = factory.getbasetemp()
    # Each of several workers has a folder of its own below the run's.
    shared = (base.parent if base.name.startswith("popen-") else base) / name
    shared.mkdir(exist_ok=True)
    said = shared / "said.txt"
    with (shared / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if said.exists():
            exit_code, _, output = said.read_text().partition("\n")
            return Trained(shared, int(exit_code), output)
        (shared / "checkpoints").mkdir(exist_ok=True)
        trained = run_training(image, shared, hyperparameters, role=role)
        said.write_text(f"{trained.exit_code}\n{trained.output}")
        return trained
