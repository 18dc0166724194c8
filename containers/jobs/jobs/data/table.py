"""Tables to learn from: CSV with one header, numbers as features and one label per row."""

import csv
import hashlib
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from jobs.data.channels import CSV, Channel
from jobs.errors import JobError

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

    @property
    def digest(self) -> str:
        """SHA-256 of names and rows, in their order: another version of the data has another one."""
        digest = hashlib.sha256(repr((self.feature_names, self.label, self.labels.tolist())).encode())
        digest.update(self.features.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Row:
    """One line of a CSV file below its header, and where it stands; the header counts as row 1."""

    place: str
    header: tuple[str, ...]
    cells: list[str]


def read_rows(channel: Channel) -> Iterator[Row]:
    """The rows of all files of a channel, which have one header.

    Raises JobError for another content type than CSV, a header that differs or names a column twice, and a row with
    more or fewer columns.
    """
    if channel.content_type != CSV:
        raise JobError(f"channel '{channel.name}' has content type {channel.content_type}; this image reads {CSV}")
    expected: tuple[str, ...] = ()
    for name, stream in channel.streams():
        lines = csv.reader(io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline=""))
        try:
            header = tuple(cell.strip() for cell in next(lines, list[str]()))
            _check_header(name, header, expected)
            expected = header
            for number, cells in enumerate(lines, 2):
                # In a pipe the files follow each other, so that headers come among the rows.
                if not cells or (channel.mode == "Pipe" and tuple(cell.strip() for cell in cells) == header):
                    continue
                if len(cells) != len(header):
                    width = f"{len(cells)} columns, the header has {len(header)}"
                    raise JobError(f"{name} row {number}: {width}")
                yield Row(f"{name} row {number}", header, cells)
        except csv.Error as error:
            raise JobError(f"{name} is not CSV: {error}") from error


def read_table(channel: Channel, label: str) -> Table:
    """The rows of a channel as numbers, with `label` taken out.

    Raises JobError naming file, row and column of the first cell that is no number.
    """
    features: list[list[float]] = []
    labels: list[str] = []
    header: tuple[str, ...] = ()
    position = 0
    for row in read_rows(channel):
        if row.header != header:
            header = row.header
            position = _label_position(row, label)
        truth = row.cells.pop(position).strip()
        if not truth:
            raise JobError(f"{row.place}: the label '{label}' is empty")
        try:
            features.append([float(cell) if cell.strip() else math.nan for cell in row.cells])
        except ValueError:
            raise _no_number(row, header[:position] + header[position + 1 :]) from None
        labels.append(truth)
    if not labels:
        raise JobError(f"channel '{channel.name}' holds a header but no rows")
    names = tuple(name for name in header if name != label)
    return Table(names, label, numpy.array(features, dtype=numpy.float64), numpy.array(labels))


def ordered_classes(labels: NDArray[numpy.str_]) -> tuple[str, ...]:
    """The distinct labels, numbers by value and words by alphabet. Raises JobError outside 2 to 100."""
    distinct = sorted({str(label) for label in labels})
    if not 2 <= len(distinct) <= MAXIMUM_CLASSES:
        allowed = f"2 to {MAXIMUM_CLASSES} distinct values"
        raise JobError(f"the label must have {allowed}, got {len(distinct)}")
    numeric = all(is_number(label) for label in distinct)
    return tuple(sorted(distinct, key=float) if numeric else distinct)


def positions(labels: NDArray[numpy.str_], classes: Sequence[str | int]) -> NDArray[numpy.intp]:
    """The place of each row's label among the classes. Raises JobError for a label that is none of them."""
    place = {str(label): index for index, label in enumerate(classes)}
    unknown = sorted(set(labels.tolist()) - set(place))
    if unknown:
        raise JobError(f"the model knows no label {', '.join(unknown[:10])}")
    return numpy.array([place[str(label)] for label in labels], dtype=numpy.intp)


def is_number(cell: str) -> bool:
    """Whether Python reads the cell as a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _check_header(name: str, header: tuple[str, ...], expected: tuple[str, ...]) -> None:
    if len(set(header)) != len(header):
        twice = sorted({column for column in header if header.count(column) > 1})
        raise JobError(f"{name} names a column twice: {', '.join(twice)}")
    if expected and header != expected:
        raise JobError(f"{name} has another header than the files before it")


def _label_position(row: Row, label: str) -> int:
    name = row.place.rpartition(" row ")[0]
    if label not in row.header:
        raise JobError(f"{name} has no column '{label}'; its header is: {', '.join(row.header)[:300]}")
    if len(row.header) == 1:
        raise JobError(f"{name} has no feature column beside '{label}'")
    return row.header.index(label)


def _no_number(row: Row, names: Sequence[str]) -> JobError:
    wrong = next(index for index, cell in enumerate(row.cells) if cell.strip() and not is_number(cell))
    return JobError(f"{row.place}, column '{names[wrong]}': '{row.cells[wrong][:40]}' is not a number")
