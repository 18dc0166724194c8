"""Checkpoints: what an interrupted training has reached, so that the next attempt goes on from there."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.data.table import Table

CONTENT_FILE = "checkpoint"
DESCRIPTION_FILE = "checkpoint.json"


@dataclass(frozen=True)
class Checkpoint:
    """The model after so many rounds, in the image's own format."""

    rounds: int
    content: bytes


class Checkpoints:
    """The folder that SageMaker keeps in S3 while a job runs, and fills again before the next attempt.

    `training` is the digest of everything that the model depends on but the number of its rounds: a checkpoint of
    another training is not used. Without the folder, which only jobs with a checkpoint configuration have, nothing
    is read or written.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
    """

    def __init__(self, folder: Path, training: str) -> None:
        self._folder = folder
        self._training = training

    def latest(self) -> Checkpoint | None:
        """The checkpoint of this training, if there is a whole one."""
        try:
            described: dict[str, Any] = json.loads((self._folder / DESCRIPTION_FILE).read_text())
            content = (self._folder / CONTENT_FILE).read_bytes()
        except (OSError, ValueError):
            return None
        whole = described.get("sha256") == hashlib.sha256(content).hexdigest()
        if not whole or described.get("training") != self._training:
            print("the checkpoint is not of this training: it is not used", flush=True)
            return None
        return Checkpoint(int(described["rounds"]), content)

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint. An interruption leaves the last one or none that is whole, which is not used."""
        if not self._folder.is_dir():
            return
        digest = hashlib.sha256(checkpoint.content).hexdigest()
        described = {"rounds": checkpoint.rounds, "training": self._training, "sha256": digest}
        for name, content in ((CONTENT_FILE, checkpoint.content), (DESCRIPTION_FILE, json.dumps(described).encode())):
            written = self._folder / f".{name}"
            written.write_bytes(content)
            written.replace(self._folder / name)


def training_digest(train: Table, settings: Mapping[str, object]) -> str:
    """What the model depends on: the rows, in their order, and the settings."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    digest.update(repr((train.feature_names, train.label, train.labels.tolist())).encode())
    digest.update(train.features.tobytes())
    return digest.hexdigest()
