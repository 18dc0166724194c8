"""`ingest`: rows of CSV or Parquet files as records of a feature group."""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.data.channels import Channel
from jobs.data.parquet import INTEGERS, NUMBERS, TEXTS, ParquetFile, is_time, parquet_files
from jobs.data.table import read_rows
from jobs.errors import JobError
from jobs.features.feature_store import FeatureStore
from jobs.processing_job import ProcessingJob

if TYPE_CHECKING:
    # What runs no model needs nothing of it.
    from jobs.scripts.evaluation import EvaluatedModel

_MOST_REASONS = 3
_MOST_MISTAKES = 10


def declare(options: argparse.ArgumentParser) -> None:
    """The group, what the files are, and how many rows the group may refuse."""
    options.add_argument("--group", required=True)
    options.add_argument("--format", choices=("csv", "parquet"), default="csv")
    options.add_argument("--most-refused", type=int, default=0)


def run(job: ProcessingJob, options: argparse.Namespace, load_model: "Callable[[Path], EvaluatedModel]") -> str:
    """Write the rows of the input `data`, and those that the group refuses with their reasons to `refused`.

    Columns are features; an empty cell is no value. Columns of Parquet have types, which fit those of their features,
    or nothing is written. Raises JobError for others, and, after all rows were tried, for more refused rows than may
    be.
    """
    del load_model
    store = FeatureStore(options.group)
    reasons: Counter[str] = Counter()
    kept = job.output("refused") / "rows.jsonl"
    with kept.open("w") as lines:
        for refused in store.write(_rows(job, options.format, store.features)):
            reasons[refused.reason] += 1
            lines.write(json.dumps({**refused.row, "refused": refused.reason}, default=str) + "\n")
    told = f"{store.written} rows written to {options.group}"
    if reasons:
        shown = "; ".join(f"{count}: {reason}" for reason, count in reasons.most_common(_MOST_REASONS))
        told += f", {reasons.total()} refused: {shown}"
    if reasons.total() > options.most_refused:
        raise JobError(told)
    return told


def _rows(job: ProcessingJob, kind: str, features: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    if kind == "parquet":
        files = parquet_files(job.input("data"))
        _check(files, features)
        for file in files:
            yield from file.rows()
        return
    for row in read_rows(Channel("data", job.input("data"))):
        yield dict(zip(row.header, row.cells, strict=True))


def _check(files: Sequence[ParquetFile], features: Mapping[str, str]) -> None:
    """Raise JobError for columns that are no features, or of other types: all of them, before a row is written."""
    mistakes = [
        f"{file.path.name}: {column} {mistake}"
        for file in files
        for column, kind in file.columns.items()
        if (mistake := _mistake(kind, features.get(column)))
    ]
    if mistakes:
        shown = "; ".join(mistakes[:_MOST_MISTAKES])
        more = f"; and {len(mistakes) - _MOST_MISTAKES} more" if len(mistakes) > _MOST_MISTAKES else ""
        raise JobError(f"nothing was written: {shown}{more}")


def _mistake(kind: str, feature: str | None) -> str:
    """What is wrong with a column for its feature; empty where nothing is."""
    if feature is None:
        return "is no feature of the group"
    fits = {
        "Integral": kind in INTEGERS,
        "Fractional": kind in INTEGERS or kind in NUMBERS,
        "String": kind in TEXTS or is_time(kind),
    }
    return "" if fits.get(feature, False) else f"is {kind}, and its feature {feature}"
