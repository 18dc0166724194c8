"""Which tables the objects below a path make, and what their columns are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import duckdb

from emulator.services.athena.tables import column_types
from emulator.services.athena.tables.objects import Object, QueryObjects
from emulator.services.athena.tables.text_formats import LAZY, OPENX

PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_MOST_FILES = 20
_NUMBERED = "partition_{}"
_READ: Mapping[str, str] = {
    "parquet": "read_parquet({}, union_by_name := true, hive_partitioning := false)",
    "json": "read_json_auto({}, format := 'newline_delimited', union_by_name := true, hive_partitioning := false)",
    "csv": "read_csv_auto({}, header := true, union_by_name := true, hive_partitioning := false, sample_size := -1)",
}
_LIBRARIES = {"parquet": PARQUET, "json": OPENX, "csv": LAZY}


class CrawlFailed(Exception):  # noqa: N818 - named as the state of a crawl
    """A crawl ends without tables; the message is the reason that its crawler shows."""


@dataclass(frozen=True)
class FoundTable:
    """A table that a crawl has found.

    Args:
        name: Without the crawler's prefix.
        location: Its folder.
        classification: `parquet`, `json` or `csv`.
        columns: Names with Glue's types.
        keys: Names of the keys of its partitions.
        partitions: Values of each partition, with its folder.
        size: Bytes of its objects.
        objects: Their number.
        delimiter: Between the values of CSV.
    """

    name: str
    location: str
    classification: str
    columns: Sequence[tuple[str, str]]
    keys: Sequence[str]
    partitions: Mapping[tuple[str, ...], str]
    size: int
    objects: int
    delimiter: str

    @property
    def library(self) -> str:
        """The serializer of its files."""
        return _LIBRARIES[self.classification]


def find_tables(objects: QueryObjects, path: str, exclusions: Sequence[str]) -> list[FoundTable]:
    """The tables below a path: one where the folders agree in their columns, else one for each of them."""
    root = f"{path.rstrip('/')}/"
    kept = [each for each in objects.below(root) if not _excluded(each.uri.removeprefix(root), exclusions)]
    groups: dict[str, list[Object]] = {}
    for each in kept:
        folders = each.uri.removeprefix(root).split("/")[:-1]
        plain = [folder for folder in folders if "=" not in folder]
        groups.setdefault("/".join(plain), []).append(each)
    found = {folder: _schema(objects, members) for folder, members in groups.items()}
    name = root.rstrip("/").rpartition("/")[2]
    if len({_alike(schema) for schema in found.values()}) <= 1:
        return [_table(name, root, kept, next(iter(found.values())))] if kept else []
    return [
        _table(folder.rpartition("/")[2] or name, f"{root}{folder}/" if folder else root, members, found[folder])
        for folder, members in groups.items()
    ]


def _excluded(path: str, exclusions: Sequence[str]) -> bool:
    return any(fnmatchcase(path, pattern.replace("**", "*")) for pattern in exclusions)


def _alike(schema: tuple[str, str, Sequence[tuple[str, str]]]) -> tuple[str, frozenset[str]]:
    classification, _, columns = schema
    return classification, frozenset(name for name, _ in columns)


def _schema(objects: QueryObjects, members: Sequence[Object]) -> tuple[str, str, Sequence[tuple[str, str]]]:
    """Classification, delimiter, and columns of objects."""
    paths = [objects.copy(each.uri) for each in members[:_MOST_FILES]]
    ending = Path(members[0].uri.removesuffix(".gz")).suffix
    classification = _classification(paths[0], ending)
    if members[0].uri.endswith(".gz"):
        paths = [path.rename(path.with_name(f"{path.name}.gz")) if not path.suffix else path for path in paths]
    listed = "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"
    connection: Any = duckdb.connect(":memory:")
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {_READ[classification].format(listed)}").fetchall()
        delimiter = ","
        if classification == "csv":
            delimiter = str(connection.execute(f"SELECT delimiter FROM sniff_csv('{paths[0]}')").fetchone()[0])
    except duckdb.Error as error:
        raise CrawlFailed(
            f"{members[0].uri} was not understood as {classification}: {str(error).splitlines()[0]}"
        ) from error
    finally:
        connection.close()
    return (
        classification,
        delimiter,
        [(str(name).lower(), _kind(str(kind), classification)) for name, kind, *_ in described],
    )


def _classification(path: Path, ending: str) -> str:
    with path.open("rb") as source:
        start = source.read(4)
    if start == b"PAR1":
        return "parquet"
    if start[:1] in (b"{",) or ending in (".json", ".jsonl"):
        return "json"
    if ending in (".csv", ".tsv", ".txt", ""):
        return "csv"
    raise CrawlFailed(f"The emulator's crawlers know Parquet, JSON lines and CSV, and no files that end in {ending}.")


def _kind(kind: str, classification: str) -> str:
    """Glue's type; of CSV, crawlers know numbers and text only, and of JSON no dates."""
    if classification == "csv":
        return {"BIGINT": "bigint", "DOUBLE": "double", "BOOLEAN": "boolean"}.get(kind, "string")
    if classification == "json":
        kind = re.sub(r"TIMESTAMP WITH TIME ZONE|\b(TIMESTAMP|DATE|TIME|UUID|JSON)\b", "VARCHAR", kind)
    return column_types.to_glue(kind)


def _table(
    name: str, location: str, members: Sequence[Object], schema: tuple[str, str, Sequence[tuple[str, str]]]
) -> FoundTable:
    classification, delimiter, columns = schema
    keys: list[str] = []
    partitions: dict[tuple[str, ...], str] = {}
    for each in members:
        folders = each.uri.removeprefix(location).split("/")[:-1]
        if not folders:
            continue
        keys = [
            folder.partition("=")[0].lower() if "=" in folder else _NUMBERED.format(place)
            for place, folder in enumerate(folders)
        ]
        values = tuple(folder.partition("=")[2] if "=" in folder else folder for folder in folders)
        partitions[values] = f"{location}{'/'.join(folders)}/"
    if len({len(values) for values in partitions}) > 1:
        raise CrawlFailed(f"{location} has folders of different depths.")
    return FoundTable(
        name=re.sub(r"[^a-z0-9_]", "_", name.lower()),
        location=location,
        classification=classification,
        columns=[column for column in columns if column[0] not in keys],
        keys=keys,
        partitions=partitions,
        size=sum(each.size for each in members),
        objects=len(members),
        delimiter=delimiter,
    )
