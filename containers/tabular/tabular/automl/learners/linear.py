"""Linear models: a weighted sum of the columns."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy
from numpy.typing import NDArray

from jobs.data.target import Target
from tabular.automl.learners.learner import Learned, Lesson, Parameters
from tabular.automl.learners.model_text import linear_model


class Linear:
    """Logistic regression for classes, ridge regression for numbers, over standardized columns."""

    name = "linear"
    # LightGBM has no TreeSHAP for trees with lines in their leaves.
    explains_itself = False
    defaults: Sequence[Parameters] = ({"strength": 1.0},)

    def suggest(self, trial: Any) -> Parameters:
        """How strongly large weights are held down."""
        return {"strength": trial.suggest_float("linear_strength", 1e-3, 1e3, log=True)}

    def learn(self, lesson: Lesson, parameters: Parameters) -> Learned:
        """Fill missing values with the column's mean, standardize, and solve."""
        filled, middles, spreads = _standardized(lesson.rows.features)
        fitted = _estimator(lesson.target, parameters).fit(filled, lesson.rows.truth)
        weights: NDArray[numpy.float64] = numpy.atleast_2d(fitted.coef_) / spreads
        constants: NDArray[numpy.float64] = numpy.atleast_1d(fitted.intercept_) - weights @ middles
        return Learned(linear_model(weights, constants, middles, lesson.feature_names, lesson.target))

    def program(self, target: Target, parameters: Parameters, seed: int, rounds: int) -> str:
        """With scikit-learn alone."""
        del seed, rounds
        module, name, settings = _solver(target, parameters)
        given = ", ".join(f"{each}={value!r}" for each, value in settings.items())
        answer = "model.predict_proba(rows)" if target.classes else "model.predict(rows)[:, None]"
        if len(target.classes) == 2:
            answer += "[:, 1:]"
        return (
            "from sklearn.impute import SimpleImputer\n"
            f"from {module} import {name}\n"
            "from sklearn.pipeline import make_pipeline\n"
            "from sklearn.preprocessing import StandardScaler\n\n"
            "fill = SimpleImputer(keep_empty_features=True)\n"
            f"model = make_pipeline(fill, StandardScaler(), {name}({given})).fit(features, truth)\n\n\n"
            f"def predict(rows):\n    return {answer}\n"
        )


def _estimator(target: Target, parameters: Parameters) -> Any:
    module, name, settings = _solver(target, parameters)
    return getattr(import_module(module), name)(**settings)


def _solver(target: Target, parameters: Parameters) -> tuple[str, str, dict[str, Any]]:
    strength = float(parameters["strength"])
    if target.classes:
        return "sklearn.linear_model", "LogisticRegression", {"C": 1 / strength, "max_iter": 2_000}
    return "sklearn.linear_model", "Ridge", {"alpha": strength}


def _standardized(features: NDArray[numpy.float64]) -> tuple[NDArray[numpy.float64], ...]:
    """The columns with mean 0 and spread 1, without missing values; their means and spreads."""
    there = ~numpy.isnan(features)
    counts = numpy.maximum(there.sum(axis=0), 1)
    middles = numpy.where(there, features, 0).sum(axis=0) / counts
    filled = numpy.where(there, features, middles)
    spreads = filled.std(axis=0)
    spreads = numpy.where(spreads > 0, spreads, 1.0)
    return (filled - middles) / spreads, middles, spreads
