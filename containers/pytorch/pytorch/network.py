"""The networks: multilayer perceptrons that bring the scale of their features, and of a number to predict, along."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from jobs.data.target import REGRESSION


@dataclass(frozen=True)
class Architecture:
    """What is not in the weights: with two classes, or for a number, there is one output."""

    features: int
    hidden_layers: int
    hidden_units: int
    outputs: int

    def described(self) -> dict[str, Any]:
        """As model.json holds it."""
        return {"network": "multilayer-perceptron", **asdict(self)}

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> "Architecture":
        """The architecture in a model.json. Raises TypeError or ValueError for another one."""
        if described.get("network") != "multilayer-perceptron":
            raise ValueError(f"this image has no network '{described.get('network')}'")
        return cls(**{name: int(value) for name, value in described.items() if name != "network"})


class Network(nn.Module):
    """Standardizes the features, a missing one being the mean, and gives one logit for each class; one for two."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(architecture.features, dtype=torch.float64))
        self.register_buffer("deviation", torch.ones(architecture.features, dtype=torch.float64))
        widths = [architecture.features, *[architecture.hidden_units] * architecture.hidden_layers]
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], architecture.outputs))

    def scale_by(self, rows: Tensor, truth: Tensor) -> None:
        """Take mean and deviation of the features from these rows; a constant feature keeps deviation 1."""
        del truth
        missing = rows.isnan()
        counts = (~missing).sum(0).clamp(min=1)
        self.mean.copy_(rows.nan_to_num(0.0).sum(0) / counts)
        squares = torch.where(missing, 0.0, rows - self.mean).square().sum(0) / counts
        self.deviation.copy_(torch.where(squares > 0, squares.sqrt(), 1.0))

    def forward(self, rows: Tensor) -> Tensor:
        """Outputs for rows of float64 numbers, of which large ones must not lose their differences to float32."""
        return self.layers(((rows - self.mean) / self.deviation).nan_to_num(0.0).float())

    def loss(self, outputs: Tensor, truth: Tensor) -> Tensor:
        """How far the outputs are from the truth: the cross entropy with the places of the classes."""
        if outputs.shape[1] == 1:
            return nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], truth.float())
        return nn.functional.cross_entropy(outputs, truth)

    def predictions(self, outputs: Tensor) -> Tensor:
        """What the outputs mean: probabilities of the second class with one output, else of each, as float64."""
        wide = outputs.double()
        return wide.sigmoid() if wide.shape[1] == 1 else wide.softmax(1)


class RegressionNetwork(Network):
    """Gives a number, standardized as the features are, whose mean and deviation are among the weights."""

    target_mean: Tensor
    target_deviation: Tensor

    def __init__(self, architecture: Architecture) -> None:
        super().__init__(architecture)
        self.register_buffer("target_mean", torch.zeros((), dtype=torch.float64))
        self.register_buffer("target_deviation", torch.ones((), dtype=torch.float64))

    def scale_by(self, rows: Tensor, truth: Tensor) -> None:
        """As for the features, for the numbers to predict too."""
        super().scale_by(rows, truth)
        self.target_mean.copy_(truth.mean())
        deviation = truth.std(correction=0)
        self.target_deviation.copy_(deviation if deviation > 0 else torch.ones_like(deviation))

    def loss(self, outputs: Tensor, truth: Tensor) -> Tensor:
        """The mean squared error in standard deviations of the numbers: 1 for their mean."""
        expected = (truth - self.target_mean) / self.target_deviation
        return nn.functional.mse_loss(outputs[:, 0], expected.float())

    def predictions(self, outputs: Tensor) -> Tensor:
        """The numbers, in their own unit."""
        return outputs.double() * self.target_deviation + self.target_mean


def network_for(architecture: Architecture, objective: str) -> Network:
    """A network with random weights, for classes or for a number."""
    return RegressionNetwork(architecture) if objective == REGRESSION else Network(architecture)
