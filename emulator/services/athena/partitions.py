"""Partitions of a table: added and dropped by statements, and found in its folders."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from emulator.services.athena.errors import QueryFailed, not_understood
from emulator.services.athena.session import QuerySession
from emulator.services.athena.tables import catalog
from emulator.services.athena.tables.catalog import CatalogTable, glue

_PARTITION = re.compile(r"PARTITION\s*\(([^)]*)\)\s*(?:LOCATION\s*'([^']+)')?", re.I)
_PAIR = re.compile(r"[`\"]?(\w+)[`\"]?\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^,\s)]+))")


def repair(session: QuerySession, sql: str) -> list[str]:
    """MSCK REPAIR TABLE: folders named `key=value` become partitions."""
    found = re.fullmatch(rf"MSCK\s+REPAIR\s+TABLE\s+{catalog.TABLE_NAME}", sql, re.I)
    if not found:
        raise not_understood(sql)
    table = catalog.required_table((found[1] or session.database).lower(), found[2])
    if not table.keys:
        raise QueryFailed(f"FAILED: Execution Error: Table {table.name} is not partitioned")
    root = f"{table.storage.location.rstrip('/')}/"
    form = re.compile("/".join(f"(?i:{re.escape(key.name)})=([^/]+)" for key in table.keys) + "/")
    folders: dict[tuple[str, ...], str] = {}
    for each in session.objects.below(root):
        if match := form.match(each.uri.removeprefix(root)):
            folders.setdefault(tuple(unquote(value) for value in match.groups()), f"{root}{match[0]}")
    known = {tuple(each.values) for each in catalog.partitions(table)}
    new = {values: location for values, location in folders.items() if values not in known}
    if not new:
        return []
    _create_partitions(table, new)
    shown = [":".join([table.name, partition_name(table, values)]) for values in new]
    repaired = [f"Repair: Added partition to metastore {each}" for each in shown]
    return [f"Partitions not in metastore:\t{chr(9).join(shown)}", *repaired]


def add_partitions(table: CatalogTable, words: str) -> list[str]:
    """ALTER TABLE … ADD PARTITION."""
    tolerant = bool(re.match(r"ADD\s+IF\s+NOT\s+EXISTS", words, re.I))
    known = {tuple(each.values) for each in catalog.partitions(table)}
    new: dict[tuple[str, ...], str] = {}
    for listed, location in _PARTITION.findall(words):
        values = _partition_values(table, listed)
        default = f"{table.storage.location.rstrip('/')}/{partition_name(table, values)}/"
        if values in known and not tolerant:
            raise QueryFailed(f"FAILED: Execution Error: AlreadyExistsException: Partition already exists: {values}")
        if values not in known:
            new[values] = location or default
    _create_partitions(table, new)
    return []


def drop_partitions(table: CatalogTable, words: str) -> list[str]:
    """ALTER TABLE … DROP PARTITION."""
    tolerant = bool(re.match(r"DROP\s+IF\s+EXISTS", words, re.I))
    known = {tuple(each.values) for each in catalog.partitions(table)}
    for listed, _ in _PARTITION.findall(words):
        values = _partition_values(table, listed)
        if values in known:
            glue("DeletePartition", DatabaseName=table.database, TableName=table.name, PartitionValues=list(values))
        elif not tolerant:
            raise QueryFailed(f"FAILED: SemanticException [Error 10006]: Partition not found {listed}")
    return []


def partition_name(table: CatalogTable, values: Sequence[str | None]) -> str:
    """How a partition is shown, and what its folder is called: `day=2026-11-29/hour=6`."""
    pairs = zip(table.keys, values, strict=True)
    return "/".join(f"{key.name}={'__HIVE_DEFAULT_PARTITION__' if value is None else value}" for key, value in pairs)


def _create_partitions(table: CatalogTable, new: Mapping[tuple[str, ...], str]) -> None:
    described = catalog.storage_request(table, "")
    rows = list(new.items())
    for start in range(0, len(rows), 100):
        glue(
            "BatchCreatePartition",
            DatabaseName=table.database,
            TableName=table.name,
            PartitionInputList=[
                {"Values": list(values), "StorageDescriptor": {**described, "Location": location}}
                for values, location in rows[start : start + 100]
            ],
        )


def _partition_values(table: CatalogTable, listed: str) -> tuple[str, ...]:
    given = {name.lower(): one or two or three for name, one, two, three in _PAIR.findall(listed)}
    if set(given) != {key.name for key in table.keys}:
        raise QueryFailed(
            f"FAILED: SemanticException: partition spec ({listed}) does not name the keys of {table.name}"
        )
    return tuple(given[key.name] for key in table.keys)
