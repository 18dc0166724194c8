"""Predictions of a loaded network."""

from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load

from jobs.artifact import ModelMetadata
from pytorch.artifact import read_artifact
from pytorch.network import Architecture, network_for
from serving.errors import ModelError


class Predictor:
    """A loaded model: rows in, class probabilities or numbers out. Safe to call from several threads."""

    def __init__(self, weights: bytes, metadata: ModelMetadata) -> None:
        """Raises ModelError when weights and metadata are not of each other."""
        # Every worker has one CPU: more threads than that only get into each other's way.
        torch.set_num_threads(1)
        self.metadata = metadata
        self.classes = metadata.classes or None
        self.features = len(metadata.feature_names)
        try:
            architecture = Architecture.read(metadata.architecture)
            if (architecture.features, architecture.outputs) != (self.features, metadata.outputs):
                raise ValueError("features or classes are not those of the network")
            network = network_for(architecture, metadata.objective)
            network.load_state_dict(load(weights))
        except (TypeError, ValueError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"the model's weights and its model.json do not belong together: {error}") from None
        self._network = network.eval()

    @classmethod
    def load(cls, folder: Path) -> "Predictor":
        """Read the artifact in `folder` and prove with one prediction that it works. Raises ModelError."""
        predictor = cls(*read_artifact(folder))
        smoke = predictor.predict_row([0.0] * predictor.features)
        if not predictor.metadata.plausible(smoke):
            expected = "probabilities" if predictor.classes else "numbers"
            raise ModelError(f"the model answers {smoke} to a row of zeros: no {expected}")
        return predictor

    def predict_row(self, row: Sequence[float]) -> list[float]:
        """Probabilities of one row: the second class's with two classes, else one for each class; or its number.

        Raises TypeError when a value is no number.
        """
        values = torch.frombuffer(array("d", row), dtype=torch.float64)
        with torch.inference_mode():
            return self._network.predictions(self._network(values[None]))[0].tolist()

    def predict(self, rows: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        """Probabilities or numbers of many rows, as `predict_row` gives them, one row of outputs for each row."""
        with torch.inference_mode():
            outputs = self._network(torch.from_numpy(numpy.ascontiguousarray(rows)))
            return self._network.predictions(outputs).numpy()

    def close(self) -> None:
        """Forget the weights."""
        del self._network
