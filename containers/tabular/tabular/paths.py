"""The folders that SageMaker lays out for a container."""

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_BASE_DIRECTORY = "/opt/ml"


@dataclass(frozen=True)
class SageMakerPaths:
    """Every folder and file of the contract, below one base directory.

    The base is `/opt/ml` unless `SAGEMAKER_BASE_DIR` names another one, so that the same process runs
    with and without a container around it.
    """

    base: Path

    @classmethod
    def from_environment(cls) -> "SageMakerPaths":
        """The folders of this process."""
        return cls(Path(os.environ.get("SAGEMAKER_BASE_DIR", DEFAULT_BASE_DIRECTORY)))

    @property
    def hyperparameters(self) -> Path:
        """The job's hyperparameters, all of them strings."""
        return self.base / "input" / "config" / "hyperparameters.json"

    @property
    def model(self) -> Path:
        """What training leaves here becomes model.tar.gz; serving finds it unpacked here."""
        return self.base / "model"

    @property
    def output_data(self) -> Path:
        """What training leaves here becomes output.tar.gz."""
        return self.base / "output" / "data"

    @property
    def checkpoints(self) -> Path:
        """Where a job with a checkpoint configuration finds what it had reached, and leaves what it reaches."""
        return self.base / "checkpoints"

    @property
    def failure(self) -> Path:
        """The file whose first 1,024 characters become the job's FailureReason."""
        return self.base / "output" / "failure"

    def channel(self, name: str) -> Path:
        """The folder with the files of one input channel."""
        return self.base / "input" / "data" / name
