"""The artifact of this image: LightGBM's text format."""

from pathlib import Path

from jobs import artifact
from jobs.artifact import ModelMetadata

MODEL_FILE = "model.txt"


def read_artifact(folder: Path) -> tuple[bytes, ModelMetadata]:
    """The model text and its metadata. Raises ModelError when either is missing or damaged."""
    return artifact.read_artifact(folder, MODEL_FILE)
