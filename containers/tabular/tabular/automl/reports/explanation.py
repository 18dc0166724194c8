"""Which features count, and how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

from jobs.data.table import Table
from jobs.data.target import Target, outputs
from tabular.automl.measure import Measure
from tabular.boosting import predictions

_MOST_ROWS = 1_000
_FEWEST_ROWS = 50
# TreeSHAP of a row takes 0.1 s of a forest of 10 MB.
_MOST_CHARACTERS = 500_000_000
_REPETITIONS = 5


@dataclass(frozen=True)
class Explanation:
    """The weight of each feature, the heaviest first, over so many rows.

    `tree_shap`: the mean share of the feature in the answers, as an amount, in the unit in which the trees add up;
    `permutation`: how much the metric loses when the feature's values are exchanged between rows.
    """

    method: str
    rows: int
    weights: Mapping[str, float]

    def report(self, measure: Measure) -> dict[str, Any]:
        """In the form of the analysis that SageMaker Clarify writes, under the name of the method."""
        described: dict[str, Any] = {"label0": {"global_importances": dict(self.weights)}}
        if self.method == "permutation":
            described["metric"] = measure.name
        return {"version": "1.0", "explanations": {self.method: described}, "rows": self.rows}


def explained(
    model: Any, table: Table, target: Target, measure: Measure, *, explains_itself: bool, seed: int
) -> Explanation:
    """What the model's answers to these rows depend on, to at most 1,000 of them, and of a large forest to 50."""
    source = numpy.random.default_rng(seed)
    chosen, most = table, _MOST_ROWS
    if explains_itself:
        most = max(_FEWEST_ROWS, min(_MOST_ROWS, _MOST_CHARACTERS // len(model.model_to_string())))
    if len(table.labels) > most:
        chosen = table.rows(numpy.sort(source.choice(len(table.labels), most, replace=False)))
    if explains_itself:
        method, weights = "tree_shap", _tree_shap(model, chosen.features, outputs(target.classes))
    else:
        method, weights = "permutation", _permutation(model, chosen, target, measure, source)
    order: list[int] = numpy.argsort(-weights, kind="stable").tolist()
    names = [chosen.feature_names[position] for position in order]
    return Explanation(method, len(chosen.labels), dict(zip(names, weights[order].tolist(), strict=True)))


def _tree_shap(model: Any, features: NDArray[numpy.float64], count: int) -> NDArray[numpy.float64]:
    shares: NDArray[numpy.float64] = model.predict(features, pred_contrib=True)
    # For each output the features' shares, and what the model answers without any.
    by_output = numpy.abs(shares.reshape(len(features), count, features.shape[1] + 1)[:, :, :-1])
    return by_output.mean(axis=(0, 1))


def _permutation(
    model: Any, table: Table, target: Target, measure: Measure, source: numpy.random.Generator
) -> NDArray[numpy.float64]:
    truth = target.truth(table.labels)
    whole = measure.score(predictions(model, table.features), truth)
    lost = numpy.zeros(len(table.feature_names))
    for position in range(len(lost)):
        exchanged = table.features.copy()
        for _ in range(_REPETITIONS):
            exchanged[:, position] = source.permutation(table.features[:, position])
            lost[position] += (whole - measure.score(predictions(model, exchanged), truth)) / _REPETITIONS
    return lost
