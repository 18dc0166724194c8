"""What `evaluate` asks of an image's model."""

from typing import Protocol

import numpy
from numpy.typing import NDArray

from jobs.artifact import ModelMetadata


class EvaluatedModel(Protocol):
    """A loaded model, as an image's `load_model` gives it."""

    @property
    def metadata(self) -> ModelMetadata:
        """What the artifact says of it."""
        ...

    def predict(self, rows: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        """Probabilities: of the second class with two classes, else one column for each; or a column of numbers."""
        ...
