"""Forests: many deep trees, each of other rows or other splits, that are asked together."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy
from numpy.typing import NDArray

from jobs.data.target import Target, outputs
from tabular.automl.learners.learner import Learned, Lesson, Parameters, threads_for
from tabular.automl.learners.model_text import Tree, forest_model

# 100,000 leaves of a model are about 8 MB of text.
_MOST_LEAVES = 2_048


class Forest:
    """scikit-learn's random forest, or with `extra` its extremely randomized trees."""

    explains_itself = True

    def __init__(self, *, extra: bool) -> None:
        self.name = "extra_trees" if extra else "forest"
        self._kind = "ExtraTrees" if extra else "RandomForest"
        self.defaults: Sequence[Parameters] = ({"n_estimators": 100, "max_features": 0.4, "min_samples_leaf": 1},)

    def suggest(self, trial: Any) -> Parameters:
        """How many trees, and how far each goes."""
        return {
            "n_estimators": trial.suggest_int(f"{self.name}_n_estimators", 50, 300, log=True),
            "max_features": trial.suggest_float(f"{self.name}_max_features", 0.1, 1.0),
            "min_samples_leaf": trial.suggest_int(f"{self.name}_min_samples_leaf", 1, 20, log=True),
        }

    def learn(self, lesson: Lesson, parameters: Parameters) -> Learned:
        """Grow the forest, and write its trees in LightGBM's format."""
        kind = getattr(import_module("sklearn.ensemble"), self._class_name(lesson.target))
        threads = threads_for(len(lesson.rows.features))
        fitted = kind(**self._settings(lesson.target, parameters, lesson.seed), n_jobs=threads)
        fitted.fit(lesson.rows.features, lesson.rows.truth)
        trees = [_converted(each.tree_, lesson.target) for each in fitted.estimators_]
        return Learned(forest_model(trees, lesson.feature_names, lesson.target))

    def program(self, target: Target, parameters: Parameters, seed: int, rounds: int) -> str:
        """With scikit-learn alone."""
        del rounds
        name, settings = self._class_name(target), self._settings(target, parameters, seed)
        given = ", ".join(f"{each}={value!r}" for each, value in settings.items())
        answer = "model.predict_proba(rows)" if target.classes else "model.predict(rows)[:, None]"
        if len(target.classes) == 2:
            answer += "[:, 1:]"
        return (
            f"from sklearn.ensemble import {name}\n\n"
            f"model = {name}({given}).fit(features, truth)\n\n\n"
            f"def predict(rows):\n    return {answer}\n"
        )

    def _class_name(self, target: Target) -> str:
        return f"{self._kind}{'Classifier' if target.classes else 'Regressor'}"

    def _settings(self, target: Target, parameters: Parameters, seed: int) -> dict[str, Any]:
        criterion: Parameters = {"criterion": "entropy"} if target.classes else {}
        return {**parameters, **criterion, "max_leaf_nodes": _MOST_LEAVES, "random_state": seed}


def _converted(grown: Any, target: Target) -> list[Tree]:
    left: NDArray[numpy.intp] = grown.children_left
    is_leaf = left < 0
    # Splits and leaves are numbered apart; the root stays the first.
    leaves: NDArray[numpy.intp] = numpy.cumsum(is_leaf, dtype=numpy.intp)
    number = numpy.where(is_leaf, -leaves, numpy.arange(len(leaves)) - leaves)
    splits = ~is_leaf
    values = grown.value[is_leaf, 0, :]
    columns = [0] if not target.classes else [1] if outputs(target.classes) == 1 else range(values.shape[1])
    return [
        Tree(
            feature=grown.feature[splits],
            threshold=grown.threshold[splits],
            missing_left=grown.missing_go_to_left[splits],
            left=number[left[splits]],
            right=number[grown.children_right[splits]],
            split_rows=grown.n_node_samples[splits],
            leaf_rows=grown.n_node_samples[is_leaf],
            leaf_value=values[:, column],
        )
        for column in columns
    ]
