"""The network: a multilayer perceptron that brings the scale of its features along."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Architecture:
    """What is not in the weights: with two classes there is one output."""

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
    """Standardizes the features, a missing one being the mean, and gives one logit for each output."""

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

    def scale_by(self, rows: Tensor) -> None:
        """Take mean and deviation of the features from these rows; a constant feature keeps deviation 1."""
        missing = rows.isnan()
        counts = (~missing).sum(0).clamp(min=1)
        self.mean.copy_(rows.nan_to_num(0.0).sum(0) / counts)
        squares = torch.where(missing, 0.0, rows - self.mean).square().sum(0) / counts
        self.deviation.copy_(torch.where(squares > 0, squares.sqrt(), 1.0))

    def forward(self, rows: Tensor) -> Tensor:
        """Logits of rows of float64 numbers, of which large ones must not lose their differences to float32."""
        return self.layers(((rows - self.mean) / self.deviation).nan_to_num(0.0).float())


def probabilities(logits: Tensor) -> Tensor:
    """Of the second class with one output, else of each class, as float64."""
    wide = logits.double()
    return wide.sigmoid() if wide.shape[1] == 1 else wide.softmax(1)
