"""The table of a fleet: a row is an endpoint."""

from __future__ import annotations

import csv
import gzip
import importlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_constructs.core.problems import InvalidInput, Problem
from sagemaker_constructs.core.spelling import nearest_to

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")
_WORDS = "must be 1 to 63 letters, digits and hyphens, beginning with a letter or a digit"


@dataclass(frozen=True)
class FleetRow:
    """One row: ``name`` is what its endpoint is known by, ``place`` where it was read.

    ``members`` are the rows that were put together, for a row of ``FleetTable.grouped_by``.

    Raises ``InvalidInput``, with the place, for a column that there is not, or whose value is none of what is asked.
    """

    name: str
    values: Mapping[str, str]
    place: str
    members: Sequence[FleetRow] = ()

    def __getitem__(self, column: str) -> str:
        if column not in self.values:
            near = nearest_to(column, self.values, most=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(self.values)}"
            raise InvalidInput(self.place, [Problem(column, f"is no column{hint}")])
        return self.values[column]

    def get(self, column: str, otherwise: str) -> str:
        """The value of ``column``, or ``otherwise`` where the column or its value is missing."""
        return self.values.get(column) or otherwise

    def whole_number(self, column: str) -> int:
        """The value of ``column`` as a whole number."""
        try:
            return int(self[column])
        except ValueError:
            raise InvalidInput(
                self.place, [Problem(column, f"must be a whole number, got: {self[column]!r}")]
            ) from None


@dataclass(frozen=True)
class FleetTable:
    """The rows of a fleet, by name. Read at synth from a file of the repository: AWS is never asked.

    Raises ``InvalidInput`` that names every row without a name, with one that is none, or with one that another has.
    """

    rows: Sequence[FleetRow]

    def __post_init__(self) -> None:
        # Windows, macOS and DNS do not tell letters of two cases apart, and people neither.
        by_name = defaultdict[str, list[FleetRow]](list)
        for row in self.rows:
            by_name[row.name.lower()].append(row)
        found: list[Problem] = []
        if not self.rows:
            found.append(Problem("", "must have at least one row, got: none"))
        for row in self.rows:
            first = by_name[row.name.lower()][0]
            if not _NAME.fullmatch(row.name):
                found.append(Problem(row.place, f"name {_WORDS}, got: {row.name!r}"))
            elif first is not row:
                found.append(Problem(row.place, f"name must be unique, got {row.name!r}, as {first.place} has it"))
        if found:
            raise InvalidInput("FleetTable", found)

    @staticmethod
    def of(rows: Iterable[Mapping[str, object]], *, name: str = "name") -> FleetTable:
        """Of mappings, whose values are kept as text; ``name`` is the column with the names."""
        return _table(((f"rows[{index}]", row) for index, row in enumerate(rows)), name)

    @staticmethod
    def from_csv(path: str | Path, *, name: str = "name") -> FleetTable:
        """Of a CSV file in UTF-8, whose first line has the columns."""
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            # What a line has beyond the columns is a list of texts, which no column is called.
            reader = csv.DictReader(file, restkey="")
            return _table([(f"{path}:{reader.line_num}", row) for row in reader], name)

    @staticmethod
    def from_parquet(path: str | Path, *, name: str = "name") -> FleetTable:
        """Of a Parquet file, by PyArrow, which your app has to have installed."""
        try:
            read: Any = importlib.import_module("pyarrow.parquet").read_table
        except ImportError as error:
            raise ImportError("a fleet's Parquet file is read by PyArrow: pip install pyarrow") from error
        rows: list[Mapping[str, object]] = read(path).to_pylist()
        return _table(((f"{path}[{index}]", row) for index, row in enumerate(rows)), name)

    @staticmethod
    def from_dynamodb_export(folder: str | Path, *, name: str = "name") -> FleetTable:
        """Of a full export of a DynamoDB table to S3, in DynamoDB JSON, as it was downloaded.

        See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
        """
        return _table(_exported(Path(folder)), name)

    def grouped_by(self, column: str) -> FleetTable:
        """A row for each value of ``column``, such as the endpoint that serves several models.

        It has the values in which all its ``members`` agree.
        """
        groups = defaultdict[str, list[FleetRow]](list)
        for row in self.rows:
            groups[row[column]].append(row)
        return FleetTable(
            [
                FleetRow(
                    value,
                    {
                        key: text
                        for key, text in members[0].values.items()
                        if all(each.values.get(key) == text for each in members)
                    },
                    members[0].place,
                    tuple(members),
                )
                for value, members in groups.items()
            ]
        )


def _table(rows: Iterable[tuple[str, Mapping[str, object]]], name: str) -> FleetTable:
    read: list[FleetRow] = []
    for place, row in rows:
        texts = {key: "" if value is None else str(value) for key, value in row.items()}
        read.append(FleetRow(texts.get(name, ""), texts, place))
    return FleetTable(tuple(read))


def _exported(folder: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    files = sorted(folder.rglob("*.json.gz"))
    if not files:
        raise InvalidInput(str(folder), [Problem("", "must hold an export of DynamoDB, *.json.gz, got: none")])
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                item: Mapping[str, Mapping[str, object]] = json.loads(line)["Item"]
                yield f"{file}:{number}", {key: next(iter(typed.values())) for key, typed in item.items()}
