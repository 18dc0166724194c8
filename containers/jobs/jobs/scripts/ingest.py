"""`ingest`: rows of CSV files as records of a feature group."""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from jobs.data.channels import Channel
from jobs.data.table import read_rows
from jobs.errors import JobError
from jobs.features.feature_store import FeatureStore
from jobs.processing_job import ProcessingJob
from jobs.scripts.evaluation import EvaluatedModel

_MOST_REASONS = 3


def declare(options: argparse.ArgumentParser) -> None:
    """The group, and how many rows it may refuse."""
    options.add_argument("--group", required=True)
    options.add_argument("--most-refused", type=int, default=0)


def run(job: ProcessingJob, options: argparse.Namespace, load_model: Callable[[Path], EvaluatedModel]) -> str:
    """Write the rows of the input `data`, and those that the group refuses with their reasons to `refused`.

    Columns are features; an empty cell is no value. Raises JobError, after all rows were tried, for more refused rows
    than may be.
    """
    del load_model
    store = FeatureStore(options.group)
    reasons: Counter[str] = Counter()
    kept = job.output("refused") / "rows.jsonl"
    with kept.open("w") as lines:
        for refused in store.write(_rows(job)):
            reasons[refused.reason] += 1
            lines.write(json.dumps({**refused.row, "refused": refused.reason}) + "\n")
    told = f"{store.written} rows written to {options.group}"
    if reasons:
        shown = "; ".join(f"{count}: {reason}" for reason, count in reasons.most_common(_MOST_REASONS))
        told += f", {reasons.total()} refused: {shown}"
    if reasons.total() > options.most_refused:
        raise JobError(told)
    return told


def _rows(job: ProcessingJob) -> Iterator[dict[str, str]]:
    for row in read_rows(Channel("data", job.input("data"))):
        yield dict(zip(row.header, row.cells, strict=True))
