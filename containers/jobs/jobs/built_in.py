"""Data sets that ship inside scikit-learn, for a first job without data of one's own."""

from importlib import import_module
from typing import Any

import numpy

from jobs.table import Table

BUILT_IN_DATASETS = ("breast-cancer", "digits")


def load_built_in(name: str) -> Table:
    """`breast-cancer` (569 tumours, 30 measurements, `diagnosis`) or `digits` (1,797 images, 64 pixels, `digit`)."""
    # scikit-learn has no type hints.
    datasets: Any = import_module("sklearn.datasets")
    bunch = datasets.load_breast_cancer() if name == "breast-cancer" else datasets.load_digits()
    names = tuple(str(feature).replace(" ", "_") for feature in bunch.feature_names)
    labels = numpy.array([str(bunch.target_names[position]) for position in bunch.target])
    label = "diagnosis" if name == "breast-cancer" else "digit"
    return Table(names, label, numpy.asarray(bunch.data, dtype=numpy.float64), labels)
