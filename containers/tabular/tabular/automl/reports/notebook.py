"""A notebook that rebuilds the winner, with the library that it comes from and nothing of ours around it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from jobs.data.target import Target
from tabular.automl.hyperparameters import SearchHyperparameters
from tabular.automl.measure import Measure
from tabular.automl.search import LEARNERS, Candidate

_ROWS = """\
import os
from pathlib import Path

from jobs.data.channels import Channel
from jobs.data.learning_data import load_tables
from tabular.automl.hyperparameters import SearchHyperparameters

# Folders of the job's channels; a built-in data set needs none.
channels = {{name: Channel(name, Path(os.environ.get("CHANNELS", ".")) / name) for name in {channels!r}}}
train, held_out, target = load_tables(channels, SearchHyperparameters(**{given!r}))
features, truth = train.features, target.truth(train.labels)
print(len(train.labels), "rows to learn from,", len(held_out.labels), "held out")
"""
_JUDGED = """\
from tabular.automl.measure import MEASURES

found = MEASURES[{metric!r}].of(predict(held_out.features), target.truth(held_out.labels))
print("{metric} of the held-out rows:", found, "and in the search:", {expected!r})
"""


def notebook(
    best: Candidate,
    target: Target,
    measure: Measure,
    hyperparameters: SearchHyperparameters,
    channels: list[str],
    held_out: float | None,
) -> str:
    """The notebook as a file of nbformat 4.5. `held_out` is what the winner reached over the held-out rows."""
    program = LEARNERS[best.learner].program(target, best.parameters, hyperparameters.seed, best.rounds)
    given = {name: value for name, value in asdict(hyperparameters).items() if value != ""}
    cells = [
        _cell(
            "about",
            f"# {best.name}\n\nThe winner of a search by {measure.name}. Run it in the image that searched: "
            "`/opt/program` has the packages that read the rows as the job did.",
            code=False,
        ),
        _cell("rows", _ROWS.format(channels=channels, given=given)),
        _cell("model", program),
        _cell("judged", _JUDGED.format(metric=measure.name, expected=held_out)),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    document: Mapping[str, Any] = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1) + "\n"


def _cell(name: str, text: str, *, code: bool = True) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": "code" if code else "markdown", "id": name, "metadata": {}}
    if code:
        cell |= {"execution_count": None, "outputs": []}
    return {**cell, "source": text.rstrip("\n").splitlines(keepends=True)}
