"""Rows to learn from: CSV files of a channel, or a data set that ships inside scikit-learn."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from tabular.errors import TrainingError

MAXIMUM_CLASSES = 100


@dataclass(frozen=True)
class Table:
    """Features as numbers (an empty cell is NaN: missing) and one label per row, as it was written."""

    feature_names: tuple[str, ...]
    label: str
    features: NDArray[numpy.float64]
    labels: NDArray[numpy.str_]

    def rows(self, positions: NDArray[numpy.intp]) -> "Table":
        """The rows at these positions as a table of their own."""
        return Table(self.feature_names, self.label, self.features[positions], self.labels[positions])


def load_breast_cancer() -> Table:
    """Wisconsin Diagnostic Breast Cancer: 569 tumours, 30 measurements, label `diagnosis`."""
    # scikit-learn has no type hints.
    datasets: Any = import_module("sklearn.datasets")
    bunch = datasets.load_breast_cancer()
    names = tuple(str(name).replace(" ", "_") for name in bunch.feature_names)
    labels = numpy.array([str(bunch.target_names[position]) for position in bunch.target])
    return Table(names, "diagnosis", numpy.asarray(bunch.data, dtype=numpy.float64), labels)


def read_channel(folder: Path, label: str) -> Table:
    """Read every file below `folder` as CSV with the same header; the header counts as row 1.

    Raises TrainingError naming file, row and column of the first cell that is no number.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not files:
        raise TrainingError(f"channel '{folder.name}' holds no file")
    header: list[str] = []
    features: list[list[float]] = []
    labels: list[str] = []
    for path in files:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as stream:
            try:
                header = _read_file(csv.reader(stream), path, label, header, features, labels)
            except csv.Error as error:
                raise TrainingError(f"{path.name} is not CSV: {error}") from error
    if not labels:
        raise TrainingError(f"channel '{folder.name}' holds a header but no rows")
    names = tuple(name for name in header if name != label)
    return Table(names, label, numpy.array(features, dtype=numpy.float64), numpy.array(labels))


def _read_file(
    rows: Iterator[list[str]],
    path: Path,
    label: str,
    expected: Sequence[str],
    features: list[list[float]],
    labels: list[str],
) -> list[str]:
    header = [name.strip() for name in next(rows, list[str]())]
    if label not in header:
        raise TrainingError(f"{path.name} has no column '{label}'; its header is: {', '.join(header)[:300]}")
    if len(set(header)) != len(header):
        twice = sorted({name for name in header if header.count(name) > 1})
        raise TrainingError(f"{path.name} names a column twice: {', '.join(twice)}")
    if len(header) == 1:
        raise TrainingError(f"{path.name} has no feature column beside '{label}'")
    if expected and header != list(expected):
        raise TrainingError(f"{path.name} has another header than the files before it")
    position = header.index(label)
    for number, row in enumerate(rows, 2):
        if not row:
            continue
        if len(row) != len(header):
            width = f"{len(row)} columns, the header has {len(header)}"
            raise TrainingError(f"{path.name} row {number}: {width}")
        truth = row.pop(position).strip()
        if not truth:
            raise TrainingError(f"{path.name} row {number}: the label '{label}' is empty")
        try:
            features.append([float(cell) if cell.strip() else math.nan for cell in row])
        except ValueError:
            names = header[:position] + header[position + 1 :]
            wrong = next(index for index, cell in enumerate(row) if not _is_number(cell))
            place = f"{path.name} row {number}, column '{names[wrong]}'"
            raise TrainingError(f"{place}: '{row[wrong][:40]}' is not a number") from None
        labels.append(truth)
    return header


def _is_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return not cell.strip()
    return True


def ordered_classes(labels: NDArray[numpy.str_]) -> tuple[str, ...]:
    """The distinct labels, numbers by value and words by alphabet. Raises TrainingError outside 2 to 100."""
    distinct = sorted({str(label) for label in labels})
    if not 2 <= len(distinct) <= MAXIMUM_CLASSES:
        allowed = f"2 to {MAXIMUM_CLASSES} distinct values"
        raise TrainingError(f"the label must have {allowed}, got {len(distinct)}")
    numeric = all(_is_number(label) for label in distinct)
    return tuple(sorted(distinct, key=float) if numeric else distinct)
