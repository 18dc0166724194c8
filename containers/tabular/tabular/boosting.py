"""Growing the trees: with checkpoints, early stopping and an end when asked."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy
from numpy.typing import NDArray

from jobs.checkpoints import Checkpoint, Checkpoints
from jobs.data.table import Table
from jobs.data.target import MULTICLASS, Target
from jobs.ending import StopRequest
from jobs.errors import JobError
from tabular.hyperparameters import Hyperparameters


def _import_lightgbm() -> Any:
    """LightGBM without its wrappers for scikit-learn: to import that takes longer than a small training."""
    modules: dict[str, Any] = sys.modules
    modules["sklearn"] = None
    try:
        return import_module("lightgbm")
    finally:
        del modules["sklearn"]


lightgbm = _import_lightgbm()


def boost(
    train: Table,
    held_out: Table,
    target: Target,
    hyperparameters: Hyperparameters,
    checkpoints: Checkpoints,
    stop: StopRequest,
    report: Callable[[Mapping[str, float], int], None] | None = None,
) -> tuple[Any, int]:
    """The trees and how many rounds they took. Raises JobError when LightGBM refuses rows or settings.

    `report` is told how well both parts of the rows are predicted after each round, which takes time to find out.
    """

    def end_when_asked(environment: Any) -> None:
        done = environment.iteration + 1
        if stop.received or done % hyperparameters.checkpoint_rounds == 0:
            checkpoints.save(Checkpoint(done, environment.model.model_to_string().encode()))
        if stop.received:
            raise lightgbm.callback.EarlyStopException(environment.iteration, [])

    parameters: dict[str, Any] = {"deterministic": True, "force_row_wise": True, "verbosity": -1}
    # LightGBM gives the objectives the same names.
    parameters["objective"] = target.objective
    if target.objective == MULTICLASS:
        parameters["num_class"] = len(target.classes)
    reached = checkpoints.latest()
    if reached:
        print(f"resumed after {reached.rounds} of {hyperparameters.num_iterations} rounds", flush=True)
    begun = lightgbm.Booster(model_str=reached.content.decode()) if reached else None
    if reached and reached.rounds >= hyperparameters.num_iterations:
        return begun, reached.rounds
    callbacks: list[Any] = [end_when_asked]
    data = _dataset(train, target)
    judged: dict[str, Any] = {}
    if report:
        callbacks.insert(0, lambda environment: _tell(environment, report))  # pyright: ignore[reportUnknownLambdaType]
        judged["train"] = data
    if report or hyperparameters.early_stopping_rounds:
        judged["validation"] = _dataset(held_out, target, reference=data)
    if hyperparameters.early_stopping_rounds:
        callbacks.append(lightgbm.early_stopping(hyperparameters.early_stopping_rounds, verbose=False))
    try:
        model = lightgbm.train(
            parameters | hyperparameters.booster_parameters(),
            data,
            num_boost_round=hyperparameters.num_iterations - (reached.rounds if reached else 0),
            init_model=begun,
            valid_sets=list(judged.values()),
            valid_names=list(judged),
            callbacks=callbacks,
        )
    except lightgbm.basic.LightGBMError as error:
        raise JobError(f"LightGBM refuses: {error}") from None
    return model, model.best_iteration if model.best_iteration > 0 else model.current_iteration()


def predictions(model: Any, features: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """What the trees say of each row: one column for numbers or two classes, else one for each class."""
    scores: NDArray[numpy.float64] = model.predict(features)
    return scores[:, numpy.newaxis] if scores.ndim == 1 else scores


def _tell(environment: Any, report: Callable[[Mapping[str, float], int], None]) -> None:
    measured = {f"{part}:{metric}": value for part, metric, value, *_ in environment.evaluation_result_list}
    report(measured, environment.iteration + 1)


def _dataset(table: Table, target: Target, reference: Any = None) -> Any:
    labels = target.truth(table.labels)
    return lightgbm.Dataset(table.features, label=labels, feature_name=list(table.feature_names), reference=reference)
