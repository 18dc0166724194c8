"""The folders that SageMaker lays out for a job's container."""

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_BASE_DIRECTORY = "/opt/ml"


@dataclass(frozen=True)
class SageMakerPaths:
    """Every folder and file of the contracts of training and processing, below one base directory.

    The base is `/opt/ml` unless `SAGEMAKER_BASE_DIR` names another one, so that the same process runs
    with and without a container around it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
    """

    base: Path

    @classmethod
    def from_environment(cls) -> "SageMakerPaths":
        """The folders of this process."""
        return cls(Path(os.environ.get("SAGEMAKER_BASE_DIR", DEFAULT_BASE_DIRECTORY)))

    @property
    def training_configuration(self) -> Path:
        """Where a training job finds hyperparameters, input data and resources described."""
        return self.base / "input" / "config"

    @property
    def input_data(self) -> Path:
        """One folder for each channel, or one pipe for each epoch of a channel."""
        return self.base / "input" / "data"

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
        """The file whose first 1,024 characters become a training job's FailureReason."""
        return self.base / "output" / "failure"

    @property
    def message(self) -> Path:
        """The file whose first 1 KB becomes a processing job's ExitMessage."""
        return self.base / "output" / "message"

    @property
    def processing_configuration(self) -> Path:
        """Where a processing job finds itself and its resources described."""
        return self.base / "config"

    def inside(self, container_path: str) -> Path:
        """A path that the job's request gives as it is in a container, below this base."""
        return self.base / Path(container_path).relative_to(DEFAULT_BASE_DIRECTORY)
