"""`drift`: which features of new rows are spread otherwise than those of a baseline."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from jobs.data.channels import Channel
from jobs.data.table import Table, read_table
from jobs.errors import JobError
from jobs.processing_job import ProcessingJob

# An empty bin would make the index infinite.
_LEAST_SHARE = 1e-4


def declare(options: argparse.ArgumentParser) -> None:
    """`--label` is the column that is no feature; above `--threshold` a feature has drifted."""
    options.add_argument("--label", required=True)
    options.add_argument("--threshold", type=float, default=0.2)
    options.add_argument("--bins", type=int, default=10)


def run(job: ProcessingJob, options: argparse.Namespace, load_model: Callable[[Path], Any]) -> str:
    """Write `drift/constraint_violations.json`: a violation for each feature of the input `data` that has drifted.

    The measure is the population stability index against the input `baseline`, over bins of equally many rows of
    the baseline and one bin for missing values; each is printed as a metric `psi:FEATURE=…`. The form is that of
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html. Raises JobError.
    """
    del load_model
    if options.bins < 2 or options.threshold <= 0:
        raise JobError("--bins must be at least 2 and --threshold above 0")
    baseline = read_table(Channel("baseline", job.input("baseline")), options.label)
    table = read_table(Channel("data", job.input("data")), options.label)
    violations: list[dict[str, str]] = []
    for name in baseline.feature_names:
        if name not in table.feature_names:
            raise JobError(f"the rows lack the column '{name}' of the baseline")
        index = stability(_column(baseline, name), _column(table, name), options.bins)
        print(f"psi:{name}={index:.6f}", flush=True)
        if index > options.threshold:
            text = f"Population stability index {index:.6f} exceeds the threshold {options.threshold:g}."
            check = {"feature_name": name, "constraint_check_type": "baseline_drift_check", "description": text}
            violations.append(check)
    report = json.dumps({"version": 0.0, "violations": violations}, indent=2)
    (job.output("drift") / "constraint_violations.json").write_text(report + "\n")
    return f"{len(violations)} of {len(baseline.feature_names)} features have drifted"


def stability(baseline: NDArray[numpy.float64], rows: NDArray[numpy.float64], bins: int) -> float:
    """The population stability index of one feature: 0 when both are spread alike."""
    known = baseline[~numpy.isnan(baseline)]
    edges = numpy.unique(numpy.quantile(known, numpy.linspace(0, 1, bins + 1)[1:-1])) if len(known) else known
    expected, found = (_shares(values, edges) for values in (baseline, rows))
    return float(((found - expected) * numpy.log(found / expected)).sum())


def _shares(values: NDArray[numpy.float64], edges: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    missing = numpy.isnan(values)
    places = numpy.where(missing, len(edges) + 1, numpy.searchsorted(edges, values, side="right"))
    counts = numpy.bincount(places, minlength=len(edges) + 2)
    return numpy.maximum(counts / len(values), _LEAST_SHARE)


def _column(table: Table, name: str) -> NDArray[numpy.float64]:
    return table.features[:, table.feature_names.index(name)]
