"""The offline store: what was put, as Parquet in S3 by the hour of its event."""

from __future__ import annotations

import importlib
import logging
import os
import secrets
import string
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.sagemaker.features.groups import Feature, Group, utc
from emulator.sagemaker.features.record_store import Pending, RecordStore
from emulator.sagemaker.features.values import Given, Value, invalid
from emulator.services.athena.tables.objects import ObjectClient

if TYPE_CHECKING:
    from emulator.sagemaker.features.iceberg_tables import OfflineTables

logger = logging.getLogger("emulator.features")

FLUSH_SECONDS = float(os.environ.get("EMULATOR_OFFLINE_STORE_SECONDS", "1"))
"""After how long a record is in S3 at the latest."""
_SYMBOLS = string.ascii_letters + string.digits
_TYPES = {"String": "VARCHAR", "Integral": "BIGINT", "Fractional": "DOUBLE"}
_READ: Mapping[str, type] = {"VARCHAR": str, "BIGINT": int, "DOUBLE": float}
_RANDOM = "{random}"
ADDED_TYPES = {"write_time": "TIMESTAMP", "api_invocation_time": "TIMESTAMP", "is_deleted": "BOOLEAN"}
"""Columns that Feature Store adds, with DuckDB's types."""


class OfflineFiles:
    """Writes rows to S3.

    Args:
        rows: Where they are kept until they are written.
        s3: Where they are written.
    """

    def __init__(self, rows: RecordStore, s3: ObjectClient) -> None:
        self._rows = rows
        self._s3 = s3
        self._buckets: set[str] = set()
        self._flushing = threading.Lock()
        self._duckdb: Any = None
        self._iceberg: OfflineTables | None = None

    def take(self, group: Group, given: Given, values: Mapping[str, Value], *, deleted: bool = False) -> None:
        """Take a row, which is kept until it is written."""
        self._rows.append(Pending(group.folder, given.moment, time.time(), deleted, values), columns_of(group))

    def refuse(self, group: Group) -> None:
        """Raise ServiceError for a group whose rows cannot be written."""
        bucket, folder = _parts(group.folder)
        if bucket not in self._buckets:
            try:
                self._s3.list_objects_v2(Bucket=bucket, Prefix=folder)
            except Exception as error:
                raise invalid(f"the bucket [{bucket}] of the offline store cannot be reached: {error}.") from error
            self._buckets.add(bucket)

    def flush(self) -> None:
        """Make the tables that wait, and write all rows; what cannot be done now is tried again."""
        with self._flushing:
            for table in self._rows.waiting_tables():
                try:
                    self._tables().keep(table, {**self._rows.columns(table.folder), **ADDED_TYPES})
                except Exception as error:
                    logger.warning("the table %s waits: %s", table.name, error)
                else:
                    self._rows.table_kept(table.folder)
            folders: dict[str, list[str]] = defaultdict(list)
            for file, rows in self._files().items():
                table = self._rows.table(rows[0].folder)
                try:
                    self._write(file, rows, lower=table is not None)
                    if table is None:
                        self._rows.written(file)
                    else:
                        folders[table.folder].append(file)
                except Exception as error:
                    logger.warning("%d rows wait for %s: %s", len(rows), file, error)
            for folder, files in folders.items():
                self._add(folder, files)

    def _add(self, folder: str, files: Sequence[str]) -> None:
        """Add written files to the table of a folder, in one commit."""
        table = self._rows.table(folder)
        try:
            if table is not None:
                self._tables().add(table, files)
        except Exception as error:
            logger.warning("%d files wait for their table: %s", len(files), error)
        else:
            for file in files:
                self._rows.written(file)

    def _tables(self) -> OfflineTables:
        if self._iceberg is None:
            # It loads PyIceberg, which few states need.
            from emulator.sagemaker.features.iceberg_tables import OfflineTables

            self._iceberg = OfflineTables(self._s3)
        return self._iceberg

    def _files(self) -> Mapping[str, Sequence[Pending]]:
        """The rows by the file they belong to; those of a flush that was interrupted keep theirs."""
        files: dict[str, list[Pending]] = defaultdict(list)
        folders: dict[str, list[tuple[int, Pending]]] = defaultdict(list)
        with self._rows.at_once():
            for number, row in self._rows.pending():
                if row.file:
                    files[row.file].append(row)
                else:
                    folders[self._folder(row)].append((number, row))
            written = time.time()
            for folder, found in folders.items():
                latest = utc(max(row.moment for _, row in found))
                place = folder.replace(_RANDOM, _mark(8))
                file = f"{place}/{latest:%Y%m%dT%H%M%SZ}_{_mark(16)}.parquet"
                files[file] = [self._rows.choose(number, row, written, file) for number, row in found]
        return files

    def _folder(self, row: Pending) -> str:
        """The folder of a row: of the hour of its event, in an Iceberg table of its day."""
        table = self._rows.table(row.folder)
        if table is None:
            return f"{row.folder}/{utc(row.moment):year=%Y/month=%m/day=%d/hour=%H}"
        return f"{row.folder}/{_RANDOM}/{table.event_time}_trunc={utc(row.moment):%Y-%m-%d}"

    def _write(self, file: str, rows: Sequence[Pending], *, lower: bool) -> None:
        bucket, key = _parts(file)
        body = self._parquet(self._rows.columns(rows[0].folder), rows, lower=lower)
        self._s3.put_object(Bucket=bucket, Key=key, Body=body)

    def _parquet(self, columns: Mapping[str, str], rows: Sequence[Pending], *, lower: bool) -> bytes:
        if self._duckdb is None:
            self._duckdb = importlib.import_module("duckdb").connect(config={"threads": 1})
        types = [*columns.values(), *ADDED_TYPES.values()]
        names = [f'"{name.lower() if lower else name}"' for name in (*columns, *ADDED_TYPES)]
        values = [[_read(row.values.get(name), kind) for row in rows] for name, kind in columns.items()]
        moments = ([utc(row.written or 0) for row in rows], [utc(row.invoked) for row in rows])
        values += [*([each.replace(tzinfo=None) for each in times] for times in moments)]
        values.append([row.deleted for row in rows])
        asked = ", ".join(f"unnest(?::{kind}[]) AS {name}" for name, kind in zip(names, types, strict=True))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.parquet"
            self._duckdb.execute(f"CREATE OR REPLACE TEMP TABLE part AS SELECT {asked}", values)
            self._duckdb.execute(f"COPY part TO '{path}' (FORMAT parquet, COMPRESSION snappy)")
            self._duckdb.execute("DROP TABLE part")
            return path.read_bytes()


def columns_of(group: Group) -> dict[str, str]:
    """DuckDB's types by the names of a group's features."""
    return {name: _type(each) for name, each in group.features.items()}


def _mark(length: int) -> str:
    return "".join(secrets.choice(_SYMBOLS) for _ in range(length))


def _type(feature: Feature) -> str:
    return _TYPES[feature.kind] + ("[]" if feature.collection else "")


def _read(value: Value | None, kind: str) -> Any:
    read = _READ[kind.removesuffix("[]")]
    if isinstance(value, list):
        return [read(each) for each in value]
    return None if value is None else read(value)


def _parts(address: str) -> tuple[str, str]:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key
