"""A BentoML service on SageMaker's path."""

import bentoml
import numpy

from scorer import load_scorer


@bentoml.service(workers=1)
class Bench:
    """Scores rows."""

    def __init__(self) -> None:
        self._score = load_scorer()

    @bentoml.api(route="/invocations")
    def invocations(self, instances: list[list[float]]) -> dict[str, list[dict[str, float]]]:
        """`{"instances": [[…], …]}` to one score for each row."""
        return {"predictions": [{"score": each} for each in self._score(numpy.asarray(instances)).tolist()]}
