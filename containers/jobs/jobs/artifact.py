"""What `model.tar.gz` holds: one file in a format without code, and a JSON file that says how it came about."""

import hashlib
import json
import math
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jobs.data.target import REGRESSION, Target, outputs
from serving.errors import ModelError

FORMAT = 1
METADATA_FILE = "model.json"
LOCK_FILE = Path(__file__).parent.parent / "requirements.txt"


@dataclass(frozen=True)
class ModelMetadata:
    """The facts that serving needs beside the model itself.

    `objective` is binary, multiclass or regression; models that do not say are of classes. `classes` are in the
    order of the model's outputs; with two of them the score is the probability of the second, and a regression, which
    has none, gives the number itself. `lock_digest` is the SHA-256 of the lock file of the environment that trained
    the model. `architecture` is what a format that holds only numbers leaves open.
    """

    feature_names: tuple[str, ...]
    label: str
    classes: tuple[str | int, ...]
    lock_digest: str
    python_version: str
    hyperparameters: Mapping[str, Any]
    model_sha256: str
    architecture: Mapping[str, Any] = field(default_factory=dict[str, Any])
    format: int = FORMAT
    objective: str = ""

    @property
    def outputs(self) -> int:
        """How many numbers the model gives for a row."""
        return outputs(self.classes)

    def plausible(self, answer: Sequence[float]) -> bool:
        """Whether a model can answer so: probabilities, or finite numbers in a regression."""
        return all(math.isfinite(each) if not self.classes else 0.0 <= each <= 1.0 for each in answer)


def lock_digest() -> str:
    """SHA-256 of this image's lock file, or an empty string where the package runs without one."""
    return hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest() if LOCK_FILE.is_file() else ""


def write_artifact(
    folder: Path,
    model_file: str,
    content: bytes,
    *,
    feature_names: tuple[str, ...],
    label: str,
    target: Target,
    hyperparameters: Mapping[str, Any],
    architecture: Mapping[str, Any] | None = None,
) -> None:
    """Write both files; the same model in the same environment gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = ModelMetadata(
        feature_names=feature_names,
        label=label,
        objective=target.objective,
        classes=as_written(target.classes),
        lock_digest=lock_digest(),
        python_version=platform.python_version(),
        hyperparameters=hyperparameters,
        model_sha256=hashlib.sha256(content).hexdigest(),
        architecture=architecture or {},
    )
    (folder / model_file).write_bytes(content)
    (folder / METADATA_FILE).write_text(json.dumps(asdict(metadata), indent=2) + "\n")


def read_artifact(folder: Path, model_file: str) -> tuple[bytes, ModelMetadata]:
    """The model's content and its metadata. Raises ModelError when either is missing or damaged."""
    try:
        described: dict[str, Any] = json.loads((folder / METADATA_FILE).read_text())
        content = (folder / model_file).read_bytes()
    except FileNotFoundError as error:
        missing = Path(str(error.filename)).name
        raise ModelError(f"no {missing} in {folder}: is model.tar.gz of this image?") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"the model in {folder} cannot be read: {error}") from None
    if described.get("format") != FORMAT:
        got = described.get("format")
        raise ModelError(f"{METADATA_FILE} has format {got}, this image reads format {FORMAT}")
    try:
        metadata = ModelMetadata(**described)
    except TypeError as error:
        raise ModelError(f"{METADATA_FILE} is not of this image: {error}") from None
    if (metadata.objective == REGRESSION) == bool(metadata.classes):
        both = f"objective '{metadata.objective}' and classes {metadata.classes}"
        raise ModelError(f"{METADATA_FILE} contradicts itself: {both}")
    if hashlib.sha256(content).hexdigest() != metadata.model_sha256:
        raise ModelError(f"{model_file} is damaged: its SHA-256 is not the one in {METADATA_FILE}")
    return content, metadata


def check_parity(metadata: ModelMetadata, warn: Callable[[str], None]) -> None:
    """Compare the environment that trained the model with this one: the lock, and Python's minor version.

    `LOCK_MISMATCH` says what a difference does: `warn` (default) tells it, `refuse` raises ModelError.
    """
    policy = os.environ.get("LOCK_MISMATCH", "warn")
    if policy not in ("warn", "refuse"):
        raise ModelError(f"LOCK_MISMATCH must be 'warn' or 'refuse', got '{policy}'")
    here = lock_digest()
    if metadata.lock_digest == here and _minor(metadata.python_version) == _minor(platform.python_version()):
        return
    difference = (
        f"the model was trained with lock {metadata.lock_digest[:12] or 'unknown'} "
        f"(Python {metadata.python_version}), this image has lock {here[:12] or 'unknown'} "
        f"(Python {platform.python_version()})"
    )
    if policy == "refuse":
        raise ModelError(difference + " and LOCK_MISMATCH=refuse")
    warn(difference)


def as_written(classes: tuple[str, ...]) -> tuple[str | int, ...]:
    """Classes as numbers where all of them are whole numbers, else as they are."""
    whole = [label for label in classes if label.lstrip("-").isdecimal() and str(int(label)) == label]
    return tuple(int(label) for label in classes) if len(whole) == len(classes) else classes


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]
