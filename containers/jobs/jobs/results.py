"""What a training leaves beside its model: metrics for people and for SageMaker, and the held-out rows."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path

from jobs.data.table import Table
from jobs.scores import Matrix, Positions, accuracy, area_under_curve


def scored(part: str, probabilities: Matrix, truth: Positions) -> dict[str, float]:
    """The metrics of one part of the rows, such as `validation:auc`; without the area where there is none."""
    area = area_under_curve(probabilities, truth)
    scores = {f"{part}:accuracy": accuracy(probabilities, truth)}
    return scores if area is None else scores | {f"{part}:auc": area}


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
    (folder / "metrics.json").write_text(json.dumps({**metrics, **numbers}, indent=2) + "\n")
    with (folder / "held_out.csv").open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([held_out.label, *held_out.feature_names])
        for label, features in zip(held_out.labels, held_out.features.tolist(), strict=True):
            writer.writerow([label, *("" if value != value else repr(value) for value in features)])
