"""Gradient-boosted trees: LightGBM itself."""

from collections.abc import Sequence
from typing import Any

from jobs.data.target import MULTICLASS, Target
from jobs.errors import JobError
from tabular.automl.learners.learner import Learned, Lesson, Parameters, Rows, threads_for
from tabular.boosting import lightgbm

_MOST_ROUNDS = 2_000
_PATIENCE = 40
_FIXED: Parameters = {"bagging_freq": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1}


class Boosted:
    """As many rounds as the judged rows get better by."""

    name = "boosted"
    explains_itself = True
    defaults: Sequence[Parameters] = (
        {
            "learning_rate": 0.1,
            "num_leaves": 31,
            "min_data_in_leaf": 20,
            "feature_fraction": 1.0,
            "bagging_fraction": 1.0,
            "lambda_l1": 0.001,
            "lambda_l2": 0.001,
        },
        {
            "learning_rate": 0.05,
            "num_leaves": 8,
            "min_data_in_leaf": 5,
            "feature_fraction": 0.7,
            "bagging_fraction": 0.8,
            "lambda_l1": 0.001,
            "lambda_l2": 1.0,
        },
    )

    def suggest(self, trial: Any) -> Parameters:
        """Rate and shape of the trees, and the rows and columns that each sees."""
        return {
            "learning_rate": trial.suggest_float("boosted_learning_rate", 0.01, 0.3, log=True),
            "num_leaves": trial.suggest_int("boosted_num_leaves", 4, 256, log=True),
            "min_data_in_leaf": trial.suggest_int("boosted_min_data_in_leaf", 2, 100, log=True),
            "feature_fraction": trial.suggest_float("boosted_feature_fraction", 0.3, 1.0),
            "bagging_fraction": trial.suggest_float("boosted_bagging_fraction", 0.5, 1.0),
            "lambda_l1": trial.suggest_float("boosted_lambda_l1", 1e-3, 10.0, log=True),
            "lambda_l2": trial.suggest_float("boosted_lambda_l2", 1e-3, 10.0, log=True),
        }

    def learn(self, lesson: Lesson, parameters: Parameters) -> Learned:
        """Grow until the judged rows get no better, the rounds are done, or time is up."""

        def end_in_time(environment: Any) -> None:
            if lesson.judged and lesson.budget.spent:
                raise lightgbm.callback.EarlyStopException(environment.iteration, [])

        callbacks: list[Any] = [end_in_time]
        data = _dataset(lesson.rows, _threads(lesson.rows))
        judged = [_dataset(lesson.judged, _threads(lesson.rows), data)] if lesson.judged else []
        if judged:
            callbacks.append(lightgbm.early_stopping(_PATIENCE, verbose=False))
        try:
            model = lightgbm.train(
                _settings(lesson.target, parameters, lesson.seed) | _threads(lesson.rows),
                data,
                num_boost_round=lesson.rounds or _MOST_ROUNDS,
                valid_sets=judged,
                callbacks=callbacks,
            )
        except lightgbm.basic.LightGBMError as error:
            raise JobError(f"LightGBM refuses: {error}") from None
        return Learned(model, model.best_iteration if model.best_iteration > 0 else model.current_iteration())

    def program(self, target: Target, parameters: Parameters, seed: int, rounds: int) -> str:
        """With LightGBM alone."""
        return (
            "import lightgbm\n\n"
            f"parameters = {_settings(target, parameters, seed)!r}\n"
            "rows = lightgbm.Dataset(features, label=truth)\n"
            f"model = lightgbm.train(parameters, rows, num_boost_round={rounds})\n\n\n"
            "def predict(rows):\n"
            "    found = model.predict(rows)\n"
            "    return found if found.ndim == 2 else found[:, None]\n"
        )


def _settings(target: Target, parameters: Parameters, seed: int) -> dict[str, Any]:
    settings: dict[str, Any] = {**_FIXED, **parameters, "objective": target.objective, "seed": seed}
    if target.objective == MULTICLASS:
        settings["num_class"] = len(target.classes)
    return settings


def _threads(rows: Rows) -> dict[str, int]:
    return {"num_threads": max(0, threads_for(len(rows.features)))}


def _dataset(rows: Rows, threads: dict[str, int], reference: Any = None) -> Any:
    return lightgbm.Dataset(rows.features, label=rows.truth, reference=reference, params={"verbosity": -1, **threads})
