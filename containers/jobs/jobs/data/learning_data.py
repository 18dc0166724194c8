"""Which rows a training learns from, and which ones it keeps to judge itself by."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy

from jobs.built_in import BUILT_IN_DATASETS, load_built_in
from jobs.data.channels import Channel
from jobs.data.split import split
from jobs.data.table import Table, read_table
from jobs.data.target import OBJECTIVES, Target
from jobs.errors import JobError
from jobs.hyperparameters import within


@dataclass(frozen=True)
class DataHyperparameters:
    """The hyperparameters that every image takes to find its rows.

    `dataset` names a built-in data set and is used when the job has no `train` channel; `label` names
    the column to predict and is required with a `train` channel. `objective` (binary | multiclass | regression)
    says what it is learned as; without one that follows from its values, as `Target.of` describes.
    `held_out_fraction` of the rows is kept from training when there is no `validation` channel; `seed` says which.
    """

    dataset: str = ""
    label: str = ""
    objective: str = ""
    held_out_fraction: float = within(0.2, 0.05, 0.5)
    seed: int = within(42, 0, 2_147_483_647)


def data_mistakes(values: Mapping[str, object], channels: Mapping[str, Channel]) -> list[str]:
    """What is wrong with these hyperparameters for a job with these channels."""
    dataset, label, objective = (values.get(name, "") for name in ("dataset", "label", "objective"))
    mistakes: list[str] = []
    if dataset and dataset not in BUILT_IN_DATASETS:
        mistakes.append(f"dataset must be one of {', '.join(BUILT_IN_DATASETS)}, got '{dataset}'")
    if objective and objective not in OBJECTIVES:
        mistakes.append(f"objective must be one of {', '.join(OBJECTIVES)}, got '{objective}'")
    if "train" in channels and dataset:
        mistakes.append("dataset is for jobs without a train channel, but this job has one: leave one out")
    if "train" in channels and not label:
        mistakes.append("label is required with a train channel: the name of the column to predict")
    if "train" not in channels and label:
        mistakes.append("label needs a train channel: built-in data sets bring their own label")
    if "train" not in channels and not dataset:
        mistakes.append(f"no train channel: add one, or set dataset to one of {', '.join(BUILT_IN_DATASETS)}")
    return mistakes


def load_tables(channels: Mapping[str, Channel], hyperparameters: DataHyperparameters) -> tuple[Table, Table, Target]:
    """The rows to learn from, the held-out ones, and what is learned. Raises JobError."""
    if "train" in channels:
        train = read_table(channels["train"], hyperparameters.label)
    else:
        train = load_built_in(hyperparameters.dataset)
    target = Target.of(train.labels, hyperparameters.objective)
    if not target.classes and not hyperparameters.objective:
        distinct = len(set(train.labels.tolist()))
        print(f"the label '{train.label}' has {distinct} distinct numbers: a regression", flush=True)
    if "train" not in channels or "validation" not in channels:
        return *_split(train, target, hyperparameters), target
    validation = read_table(channels["validation"], hyperparameters.label)
    if validation.feature_names != train.feature_names:
        raise JobError("the validation channel has other columns than the train channel")
    unknown = sorted(set(validation.labels.tolist()) - set(train.labels.tolist()))
    if target.classes and unknown:
        raise JobError(f"the validation channel has labels that the train channel lacks: {', '.join(unknown)}")
    return train, validation, target


def _split(table: Table, target: Target, hyperparameters: DataHyperparameters) -> tuple[Table, Table]:
    strata = table.labels if target.classes else numpy.full_like(table.labels, "")
    kept, held_out = split(strata, hyperparameters.held_out_fraction, hyperparameters.seed)
    return table.rows(kept), table.rows(held_out)
