"""What a training leaves beside its model: metrics for people and for SageMaker, and the held-out rows."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path

from jobs.data.table import Table
from jobs.data.target import Target
from jobs.scores import (
    Matrix,
    accuracy,
    area_under_curve,
    mean_absolute_error,
    r_squared,
    root_mean_squared_error,
)

METRICS_FILE = "metrics.json"


def scored(part: str, found: Matrix, table: Table, target: Target) -> dict[str, float]:
    """The metrics of one part of the rows, such as `validation:auc` or `validation:rmse`.

    `found` are the probabilities that the model gives for the rows, or the numbers in a regression. A metric that
    these rows do not have, such as the area with one class, is left out.
    """
    truth = target.truth(table.labels)
    measured: dict[str, float | None]
    if target.classes:
        measured = {"accuracy": accuracy(found, truth), "auc": area_under_curve(found, truth)}
    else:
        measured = {
            "rmse": root_mean_squared_error(found, truth),
            "mae": mean_absolute_error(found, truth),
            "r2": r_squared(found, truth),
        }
    return {f"{part}:{name}": value for name, value in measured.items() if value is not None}


def print_metrics(metrics: Mapping[str, float]) -> None:
    """One line for each metric, `name=value`, for the regular expressions of MetricDefinitions."""
    for name, value in metrics.items():
        print(f"{name}={value:.6f}", flush=True)


def write_results(
    folder: Path, metrics: Mapping[str, float], *, train: Table, held_out: Table, counts: Mapping[str, int]
) -> None:
    """Print the metrics, and write them to `metrics.json` and the rows that they come from to `held_out.csv`."""
    print_metrics(metrics)
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {"train:rows": len(train.labels), "validation:rows": len(held_out.labels), **counts}
    (folder / METRICS_FILE).write_text(json.dumps({**metrics, **numbers}, indent=2) + "\n")
    with (folder / "held_out.csv").open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([held_out.label, *held_out.feature_names])
        for label, features in zip(held_out.labels, held_out.features.tolist(), strict=True):
            writer.writerow([label, *("" if value != value else repr(value) for value in features)])
