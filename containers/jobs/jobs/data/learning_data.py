"""Which rows a training learns from, and which ones it keeps to judge itself by."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.built_in import BUILT_IN_DATASETS, load_built_in
from jobs.data.channels import Channel
from jobs.data.split import split
from jobs.data.table import Table, read_table
from jobs.errors import JobError
from jobs.hyperparameters import within


@dataclass(frozen=True)
class DataHyperparameters:
    """The hyperparameters that every image takes to find its rows.

    `dataset` names a built-in data set and is used when the job has no `train` channel; `label` names
    the column to predict and is required with a `train` channel. `held_out_fraction` of the rows is kept
    from training when there is no `validation` channel; `seed` says which.
    """

    dataset: str = ""
    label: str = ""
    held_out_fraction: float = within(0.2, 0.05, 0.5)
    seed: int = within(42, 0, 2_147_483_647)


def data_mistakes(values: Mapping[str, object], channels: Mapping[str, Channel]) -> list[str]:
    """What is wrong with these hyperparameters for a job with these channels."""
    dataset, label = values.get("dataset", ""), values.get("label", "")
    mistakes: list[str] = []
    if dataset and dataset not in BUILT_IN_DATASETS:
        mistakes.append(f"dataset must be one of {', '.join(BUILT_IN_DATASETS)}, got '{dataset}'")
    if "train" in channels and dataset:
        mistakes.append("dataset is for jobs without a train channel, but this job has one: leave one out")
    if "train" in channels and not label:
        mistakes.append("label is required with a train channel: the name of the column to predict")
    if "train" not in channels and label:
        mistakes.append("label needs a train channel: built-in data sets bring their own label")
    if "train" not in channels and not dataset:
        mistakes.append(f"no train channel: add one, or set dataset to one of {', '.join(BUILT_IN_DATASETS)}")
    return mistakes


def load_tables(channels: Mapping[str, Channel], hyperparameters: DataHyperparameters) -> tuple[Table, Table]:
    """The rows to learn from and the held-out ones. Raises JobError."""
    if "train" not in channels:
        return _split(load_built_in(hyperparameters.dataset), hyperparameters)
    train = read_table(channels["train"], hyperparameters.label)
    if "validation" not in channels:
        return _split(train, hyperparameters)
    validation = read_table(channels["validation"], hyperparameters.label)
    if validation.feature_names != train.feature_names:
        raise JobError("the validation channel has other columns than the train channel")
    unknown = sorted(set(validation.labels.tolist()) - set(train.labels.tolist()))
    if unknown:
        raise JobError(f"the validation channel has labels that the train channel lacks: {', '.join(unknown)}")
    return train, validation


def _split(table: Table, hyperparameters: DataHyperparameters) -> tuple[Table, Table]:
    kept, held_out = split(table.labels, hyperparameters.held_out_fraction, hyperparameters.seed)
    return table.rows(kept), table.rows(held_out)
