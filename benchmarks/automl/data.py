"""Writes the data sets as CSV, a part to learn from and a part to judge by; runs in the image's environment."""

import csv
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy

SEED = 7


def write(name: str, objective: str, folder: Path) -> None:
    """``train/rows.csv`` and ``test/rows.csv`` with the label first, three quarters and one of the rows."""
    datasets: Any = import_module("sklearn.datasets")
    selection: Any = import_module("sklearn.model_selection")
    made: Any
    if name == "friedman":
        made = datasets.make_friedman1(1200, 10, noise=1.0, random_state=SEED)
    else:
        made = getattr(datasets, f"load_{name}")(return_X_y=True)
    features, label = made
    strata = label if objective != "regression" else None
    table = numpy.column_stack([label, features])
    parts = selection.train_test_split(table, test_size=0.25, random_state=SEED, stratify=strata)
    for part, rows in zip(("train", "test"), parts, strict=True):
        (folder / part).mkdir(parents=True)
        with (folder / part / "rows.csv").open("w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["label", *(f"feature_{each}" for each in range(features.shape[1]))])
            for row in rows.tolist():
                writer.writerow([row[0] if strata is None else int(row[0]), *row[1:]])


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
