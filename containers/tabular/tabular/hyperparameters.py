"""Hyperparameters: from SageMaker's strings to typed values, with every mistake reported at once."""

import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tabular.errors import TrainingError

BUILT_IN_DATASETS = ("breast-cancer",)


@dataclass(frozen=True)
class Allowed:
    """The range of one number; `low_is_open` leaves the lower bound itself out."""

    low: float
    high: float
    low_is_open: bool = False

    def holds(self, value: float) -> bool:
        """Whether the value lies in the range."""
        return (self.low < value if self.low_is_open else self.low <= value) and value <= self.high

    def __str__(self) -> str:
        return f"{'above' if self.low_is_open else 'from'} {self.low:.10g} to {self.high:.10g}"


def within(default: float, low: float, high: float, *, low_is_open: bool = False) -> Any:
    """Declare a number with its default and range; the annotation decides between int and float."""
    return field(default=default, metadata={"allowed": Allowed(low, high, low_is_open)})


@dataclass(frozen=True)
class Hyperparameters:
    """What a training job may set. The names of the numbers are LightGBM's own.

    `dataset` names a built-in data set and is used when the job has no `train` channel; `label` names
    the column to predict and is required with a `train` channel. `held_out_fraction` of the rows is kept
    from training when there is no `validation` channel. `early_stopping_rounds` ends training when the held-out rows
    have not been predicted better for so many rounds (0: never); `checkpoint_rounds` is how many rounds lie between
    two checkpoints.
    """

    dataset: str = ""
    label: str = ""
    num_iterations: int = within(100, 1, 10_000)
    learning_rate: float = within(0.1, 0, 1, low_is_open=True)
    num_leaves: int = within(31, 2, 4_096)
    max_depth: int = within(-1, -1, 64)
    min_data_in_leaf: int = within(20, 0, 1_000_000)
    feature_fraction: float = within(1.0, 0, 1, low_is_open=True)
    bagging_fraction: float = within(1.0, 0, 1, low_is_open=True)
    bagging_freq: int = within(0, 0, 10_000)
    lambda_l1: float = within(0.0, 0, 1_000_000)
    lambda_l2: float = within(0.0, 0, 1_000_000)
    held_out_fraction: float = within(0.2, 0.05, 0.5)
    seed: int = within(42, 0, 2_147_483_647)
    early_stopping_rounds: int = within(0, 0, 10_000)
    checkpoint_rounds: int = within(50, 1, 10_000)

    def booster_parameters(self) -> dict[str, float]:
        """The part that LightGBM reads, under LightGBM's names."""
        own = {
            "dataset",
            "label",
            "held_out_fraction",
            "num_iterations",
            "early_stopping_rounds",
            "checkpoint_rounds",
        }
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in own}


def parse_hyperparameters(given: Mapping[str, object], *, has_train_channel: bool) -> Hyperparameters:
    """Turn the strings of hyperparameters.json into typed values.

    Names that start with `sagemaker_` or `_` are SageMaker's own and are left alone.
    Raises TrainingError with every mistake in one line.
    """
    known = {each.name: each for each in fields(Hyperparameters)}
    values: dict[str, Any] = {}
    mistakes: list[str] = []
    for name, raw in sorted(given.items()):
        if name.startswith(("sagemaker_", "_")):
            continue
        if name not in known:
            mistakes.append(f"unknown hyperparameter '{name}'{_suggestion(name, list(known))}")
            continue
        allowed: Allowed | None = known[name].metadata.get("allowed")
        text = _unquoted(raw)
        if allowed is None:
            values[name] = text
            continue
        number = _number(text, known[name].type is int)
        if number is None or not allowed.holds(number):
            kind = "a whole number" if known[name].type is int else "a number"
            mistakes.append(f"{name} must be {kind} {allowed}, got '{text[:40]}'")
        else:
            values[name] = number
    mistakes += _data_mistakes(values, has_train_channel)
    if mistakes:
        count = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''} in the hyperparameters: "
        raise TrainingError(count + "; ".join(mistakes))
    return Hyperparameters(**values)


def _data_mistakes(values: Mapping[str, object], has_train_channel: bool) -> list[str]:
    dataset, label = values.get("dataset", ""), values.get("label", "")
    mistakes: list[str] = []
    if dataset and dataset not in BUILT_IN_DATASETS:
        mistakes.append(f"dataset must be one of {', '.join(BUILT_IN_DATASETS)}, got '{dataset}'")
    if dataset and has_train_channel:
        mistakes.append("dataset is for jobs without a train channel, but this job has one: leave one out")
    if has_train_channel and not label:
        mistakes.append("label is required with a train channel: the name of the column to predict")
    if not has_train_channel and label:
        mistakes.append("label needs a train channel: built-in data sets bring their own label")
    if not has_train_channel and not dataset:
        mistakes.append(f"no train channel: add one, or set dataset to one of {', '.join(BUILT_IN_DATASETS)}")
    return mistakes


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else f" (known: {', '.join(known)})"


def _unquoted(raw: object) -> str:
    # SageMaker's SDK encodes hyperparameters as JSON, so a string arrives with quotes around it.
    text = str(raw).strip()
    if text.startswith('"'):
        try:
            return str(json.loads(text)).strip()
        except ValueError:
            return text
    return text


def _number(text: str, whole: bool) -> float | int | None:
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
