"""The input channels of a training job, in every mode in which SageMaker hands them over."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from jobs.documents import read_document
from jobs.errors import JobError
from jobs.paths import SageMakerPaths

CSV = "text/csv"


@dataclass(frozen=True)
class Channel:
    """One channel: where it is, what it holds (a media type) and how it comes (File, FastFile or Pipe).

    A File channel is a folder; a FastFile channel is the same folder on a mount that fetches what is read, so that
    it is listed once and read from front to back; a Pipe channel is a named pipe for each epoch, in which all files
    follow each other.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-access-training-data.html
    """

    name: str
    folder: Path
    mode: str = "File"
    content_type: str = CSV
    sharded: bool = False

    def streams(self, epoch: int = 0) -> Iterator[tuple[str, BinaryIO]]:
        """The name and the bytes of one file after the other, each open until the next one is asked for.

        A pipe is one stream. Raises JobError when there is no file.
        """
        if self.mode == "Pipe":
            with self.folder.with_name(f"{self.name}_{epoch}").open("rb") as stream:
                yield self.name, stream
            return
        files = sorted(_files(self.folder))
        if not files:
            raise JobError(f"channel '{self.name}' holds no file")
        for path in files:
            with path.open("rb") as stream:
                yield path.name, stream


def read_channels(paths: SageMakerPaths) -> dict[str, Channel]:
    """The channels that inputdataconfig.json describes or, without that file, the folders that are there.

    Raises JobError for records wrapped in RecordIO, which this toolkit does not unwrap.
    """
    described = read_document(paths.training_configuration / "inputdataconfig.json")
    if not described and paths.input_data.is_dir():
        described = {path.name: dict[str, Any]() for path in sorted(paths.input_data.iterdir()) if path.is_dir()}
    return {name: _channel(name, paths.input_data / name, settings) for name, settings in described.items()}


def _channel(name: str, folder: Path, settings: Mapping[str, Any]) -> Channel:
    wrapper = settings.get("RecordWrapperType", "None")
    if wrapper != "None":
        raise JobError(f"channel '{name}' wraps its records in {wrapper}: send them as they are")
    return Channel(
        name,
        folder,
        mode=settings.get("TrainingInputMode", "File"),
        content_type=settings.get("ContentType", CSV).partition(";")[0].strip().lower() or CSV,
        sharded=settings.get("S3DistributionType") == "ShardedByS3Key",
    )


def _files(folder: Path) -> Iterator[Path]:
    # os.walk knows files from folders without asking for each one's status, which costs a request on a mount.
    for parent, _, names in os.walk(folder):
        yield from (Path(parent) / name for name in names if not name.startswith("."))
