"""The artifact of this image: weights in safetensors' format, which holds nothing but numbers."""

from pathlib import Path

from jobs import artifact
from jobs.artifact import ModelMetadata

MODEL_FILE = "model.safetensors"


def read_artifact(folder: Path) -> tuple[bytes, ModelMetadata]:
    """The weights and their metadata. Raises ModelError when either is missing or damaged."""
    return artifact.read_artifact(folder, MODEL_FILE)
