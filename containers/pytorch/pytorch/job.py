"""A training job as its container finds it described."""

from dataclasses import dataclass

from jobs.data.channels import Channel, read_channels
from jobs.data.learning_data import data_mistakes
from jobs.documents import read_document
from jobs.errors import JobError
from jobs.hyperparameters import parse_hyperparameters
from jobs.paths import SageMakerPaths
from jobs.resources import Resources
from pytorch.hyperparameters import Hyperparameters


@dataclass(frozen=True)
class TrainingJob:
    """Every process of the training reads the same description."""

    paths: SageMakerPaths
    channels: dict[str, Channel]
    hyperparameters: Hyperparameters
    resources: Resources

    @classmethod
    def read(cls) -> "TrainingJob":
        """The job of this process. Raises JobError with everything that is wrong with its hyperparameters."""
        paths = SageMakerPaths.from_environment()
        channels = read_channels(paths)
        given = read_document(paths.training_configuration / "hyperparameters.json")
        hyperparameters = parse_hyperparameters(
            Hyperparameters, given, lambda values: data_mistakes(values, channels)
        )
        resources = Resources.read(paths.training_configuration)
        sharded = [name for name, channel in channels.items() if channel.sharded]
        if sharded and len(resources.hosts) > 1:
            names = ", ".join(sharded)
            raise JobError(
                f"every machine needs all rows: give channel {names} as FullyReplicated, not ShardedByS3Key"
            )
        return cls(paths, channels, hyperparameters, resources)
