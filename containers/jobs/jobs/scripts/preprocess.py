"""`preprocess`: clean the rows of CSV files and part them into those to train with and those to validate with."""

import argparse
import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy

from jobs.data.channels import Channel
from jobs.data.split import split
from jobs.data.table import read_rows
from jobs.data.target import OBJECTIVES, REGRESSION, Target, are_numbers
from jobs.errors import JobError
from jobs.processing_job import ProcessingJob


def declare(options: argparse.ArgumentParser) -> None:
    """`--label` names the column to predict, `--objective` what it is learned as, `--drop` a column to leave out."""
    options.add_argument("--label", required=True)
    options.add_argument("--drop", action="append", default=[])
    options.add_argument("--validation-fraction", type=float, default=0.2)
    options.add_argument("--objective", choices=OBJECTIVES, default="")
    options.add_argument("--seed", type=int, default=42)


def run(job: ProcessingJob, options: argparse.Namespace, load_model: Callable[[Path], Any]) -> str:
    """Write `train/train.csv` and `validation/validation.csv` from the input `data`; returns what was done.

    Rows without a label and rows that came before are left out. Both parts have the same mixture of labels, unless
    these are numbers to predict. Raises JobError.
    """
    del load_model
    if not 0 < options.validation_fraction < 1:
        raise JobError(f"--validation-fraction must be between 0 and 1, got {options.validation_fraction}")
    seen = 0
    header: tuple[str, ...] = ()
    kept: dict[tuple[str, ...], None] = {}
    for row in read_rows(Channel("data", job.input("data"))):
        header = row.header
        for name in (options.label, *options.drop):
            if name not in header:
                raise JobError(f"the input has no column '{name}'; its header is: {', '.join(header)[:300]}")
        seen += 1
        cells = tuple(cell.strip() for cell in row.cells)
        if cells[header.index(options.label)]:
            kept[cells] = None
    if not kept:
        raise JobError(f"the input holds no row with a label '{options.label}'")
    columns = [position for position, name in enumerate(header) if name not in options.drop]
    rows = list(kept)
    labels = numpy.array([row[header.index(options.label)] for row in rows])
    if options.objective:
        regression = Target.of(labels, options.objective).objective == REGRESSION
    else:
        regression = are_numbers(labels)
    strata = numpy.full_like(labels, "") if regression else labels
    train, validation = split(strata, options.validation_fraction, options.seed)
    for part, positions in (("train", train), ("validation", validation)):
        chosen: list[tuple[str, ...]] = [header, *(rows[position] for position in positions)]
        _write(job.output(part) / f"{part}.csv", ([row[column] for column in columns] for row in chosen))
    return f"kept {len(rows)} of {seen} rows: {len(train)} to train with, {len(validation)} to validate with"


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
