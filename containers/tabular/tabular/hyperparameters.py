"""What a training job may set."""

from dataclasses import dataclass, fields

from jobs.data.learning_data import DataHyperparameters
from jobs.hyperparameters import within

OUR_OWN = {
    "num_iterations",
    "early_stopping_rounds",
    "checkpoint_rounds",
    "dataset",
    "label",
    "objective",
    "held_out_fraction",
}


@dataclass(frozen=True)
class Hyperparameters(DataHyperparameters):
    """The names of the numbers are LightGBM's own.

    `early_stopping_rounds` ends training when the held-out rows have not been predicted better for so many rounds
    (0: never); `checkpoint_rounds` is how many rounds lie between two checkpoints.
    """

    num_iterations: int = within(100, 1, 10_000)
    learning_rate: float = within(0.1, 0, 1, low_is_open=True)
    num_leaves: int = within(31, 2, 4_096)
    max_depth: int = within(-1, -1, 64)
    min_data_in_leaf: int = within(20, 0, 1_000_000)
    feature_fraction: float = within(1.0, 0, 1, low_is_open=True)
    bagging_fraction: float = within(1.0, 0, 1, low_is_open=True)
    bagging_freq: int = within(0, 0, 10_000)
    lambda_l1: float = within(0.0, 0, 1_000_000)
    lambda_l2: float = within(0.0, 0, 1_000_000)
    early_stopping_rounds: int = within(0, 0, 10_000)
    checkpoint_rounds: int = within(50, 1, 10_000)

    def booster_parameters(self) -> dict[str, float]:
        """The part that LightGBM reads, under LightGBM's names."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in OUR_OWN}
