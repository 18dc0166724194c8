"""What a training job may set."""

from dataclasses import dataclass

from jobs.data.learning_data import DataHyperparameters
from jobs.hyperparameters import within


@dataclass(frozen=True)
class Hyperparameters(DataHyperparameters):
    """The network and how it is trained.

    `batch_size` is in rows for each process; `processes_per_host` 0 means one for each GPU, or one.
    `early_stopping_epochs` ends training when the loss of the held-out rows has not fallen for so many epochs and
    keeps the best network (0: never); `checkpoint_epochs` is how many epochs lie between two checkpoints.
    """

    epochs: int = within(20, 1, 10_000)
    batch_size: int = within(64, 1, 1_000_000)
    learning_rate: float = within(0.003, 0, 1, low_is_open=True)
    weight_decay: float = within(0.0001, 0, 10)
    hidden_layers: int = within(2, 0, 16)
    hidden_units: int = within(64, 1, 16_384)
    early_stopping_epochs: int = within(0, 0, 10_000)
    checkpoint_epochs: int = within(5, 1, 10_000)
    processes_per_host: int = within(0, 0, 64)
