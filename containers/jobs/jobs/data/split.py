"""One part of the rows for learning, another one for judging."""

from typing import Any

import numpy
from numpy.typing import NDArray

from jobs.data.table import is_number
from jobs.errors import JobError


def split(labels: NDArray[Any], fraction: float, seed: int) -> tuple[NDArray[numpy.intp], NDArray[numpy.intp]]:
    """The positions to keep and those to hold out, both ascending: `fraction` of each label's rows, at least one.

    Rows with numbers to predict have one label for all. Raises JobError when a label has a single row.
    """
    source = numpy.random.default_rng(seed)
    held_out: list[NDArray[numpy.intp]] = []
    for label in sorted({str(each) for each in labels}):
        of_label = numpy.flatnonzero(labels == label)
        if len(of_label) < 2:
            raise JobError(
                f"the rows cannot be split into training and held-out rows: label '{label}' has a single one"
                + ("; to predict numbers, set objective to regression" if is_number(label) else "")
            )
        count = min(max(1, round(len(of_label) * fraction)), len(of_label) - 1)
        held_out.append(source.permutation(of_label)[:count])
    chosen = numpy.sort(numpy.concatenate(held_out))
    return numpy.setdiff1d(numpy.arange(len(labels)), chosen), chosen
