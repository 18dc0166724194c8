"""`evaluate`: the metrics of a model over rows with labels, in the form of SageMaker's model quality reports."""

import argparse
import json
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy
from numpy.typing import NDArray

from jobs.data.channels import Channel
from jobs.data.table import Table, read_table
from jobs.data.target import truth
from jobs.errors import JobError
from jobs.processing_job import ProcessingJob
from jobs.scores import accuracy, root_mean_squared_error
from jobs.scripts.evaluation import EvaluatedModel
from jobs.scripts.model_quality import model_quality
from serving.errors import ModelError


def declare(options: argparse.ArgumentParser) -> None:
    """There is nothing to choose: the model contains its label and its features."""
    del options


def run(job: ProcessingJob, options: argparse.Namespace, load_model: Callable[[Path], EvaluatedModel]) -> str:
    """Write `evaluation/metrics.json` for the input `model`, over the rows of the input `data`.

    The model is an archive or what was in it. Raises JobError.
    """
    del options
    with ExitStack() as unpacked:
        folder = job.input("model")
        archives = sorted(folder.glob("*.tar.gz"))
        if archives:
            folder = Path(unpacked.enter_context(tempfile.TemporaryDirectory()))
            _unpack(archives[0], folder)
        try:
            model = load_model(folder)
        except ModelError as error:
            raise JobError(f"the model cannot be loaded: {error}") from None
        metadata = model.metadata
        table = read_table(Channel("data", job.input("data")), metadata.label)
        expected = truth(table.labels, metadata.classes)
        found = model.predict(_in_order(table, metadata.feature_names))
    report = model_quality(found, expected, metadata.classes)
    (job.output("evaluation") / "metrics.json").write_text(json.dumps(report, indent=2) + "\n")
    name, metric = ("accuracy", accuracy) if metadata.classes else ("rmse", root_mean_squared_error)
    return f"{name} {metric(found, expected):.6f} over {len(expected)} rows"


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with tarfile.open(archive) as content:
            content.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise JobError(f"{archive.name} cannot be unpacked: {error}") from None


def _in_order(table: Table, names: tuple[str, ...]) -> NDArray[numpy.float64]:
    missing = [name for name in names if name not in table.feature_names]
    if missing:
        raise JobError(f"the rows lack columns of the model: {', '.join(missing[:10])}")
    return table.features[:, [table.feature_names.index(name) for name in names]]
