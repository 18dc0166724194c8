"""Data sets that ship inside scikit-learn, for a first job without data of one's own."""

from importlib.util import find_spec
from pathlib import Path

import numpy

from jobs.data.table import Table
from jobs.errors import JobError

BUILT_IN_DATASETS = ("breast-cancer", "diabetes", "digits")
_OF_PATIENTS = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
_MEASURED = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave_points",
    "symmetry",
    "fractal_dimension",
)


def load_built_in(name: str) -> Table:
    """One of `BUILT_IN_DATASETS`, with the label that it brings along.

    `breast-cancer` (569 tumours, 30 measurements, `diagnosis`), `diabetes` (442 patients, 10 measurements,
    `progression` of the disease as a number) or `digits` (1,797 images, 64 pixels, `digit`). Raises JobError when
    scikit-learn is not installed.
    """
    # The files are read as they lie in the package: to import it takes longer than a training on them.
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise JobError("the built-in data sets come with scikit-learn, which this image lacks")
    folder = Path(package.origin).parent / "datasets" / "data"
    if name == "digits":
        rows = numpy.loadtxt(folder / "digits.csv.gz", delimiter=",")
        pixels = tuple(f"pixel_{line}_{column}" for line in range(8) for column in range(8))
        return Table(pixels, "digit", rows[:, :-1].copy(), rows[:, -1].astype(int).astype("U1"))
    if name == "diabetes":
        progression = numpy.loadtxt(folder / "diabetes_target.csv.gz").astype(int).astype(str)
        return Table(_OF_PATIENTS, "progression", numpy.loadtxt(folder / "diabetes_data_raw.csv.gz"), progression)
    file = folder / "breast_cancer.csv"
    with file.open() as lines:
        diagnoses = numpy.array(lines.readline().strip().split(",")[2:])
    rows = numpy.loadtxt(file, delimiter=",", skiprows=1)
    names = [pattern.format(measured) for pattern in ("mean_{}", "{}_error", "worst_{}") for measured in _MEASURED]
    return Table(tuple(names), "diagnosis", rows[:, :-1].copy(), diagnoses[rows[:, -1].astype(int)])
