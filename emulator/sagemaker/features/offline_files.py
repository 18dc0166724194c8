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
from typing import Any

from emulator.containers.objects import S3Client
from emulator.sagemaker.features.groups import Feature, Group, utc
from emulator.sagemaker.features.record_store import Pending, RecordStore
from emulator.sagemaker.features.values import Given, Value, invalid

logger = logging.getLogger("emulator.features")

FLUSH_SECONDS = float(os.environ.get("EMULATOR_OFFLINE_STORE_SECONDS", "1"))
"""After how long a record is in S3 at the latest."""
_SYMBOLS = string.ascii_letters + string.digits
_TYPES = {"String": "VARCHAR", "Integral": "BIGINT", "Fractional": "DOUBLE"}
_READ: Mapping[str, type] = {"VARCHAR": str, "BIGINT": int, "DOUBLE": float}
_ADDED = ("write_time", "api_invocation_time", "is_deleted")


class OfflineFiles:
    """Writes rows to S3.

    Args:
        rows: Where they are kept until they are written.
        s3: Where they are written.
    """

    def __init__(self, rows: RecordStore, s3: S3Client) -> None:
        self._rows = rows
        self._s3 = s3
        self._buckets: set[str] = set()
        self._flushing = threading.Lock()
        self._duckdb: Any = None

    def take(self, group: Group, given: Given, values: Mapping[str, Value], *, deleted: bool = False) -> None:
        """Take a row, which is kept until it is written."""
        columns = {name: _type(each) for name, each in group.features.items()}
        self._rows.append(Pending(group.folder, given.moment, time.time(), deleted, values), columns)

    def refuse(self, group: Group) -> None:
        """Raise ServiceError for a group whose rows cannot be written."""
        if group.iceberg:
            raise invalid(
                f"the emulator writes no Iceberg tables. Create the feature group [{group.name}] with the table"
                " format Glue, or name the OnlineStore as the only one of TargetStores."
            )
        bucket, folder = _parts(group.folder)
        if bucket not in self._buckets:
            try:
                self._s3.list_objects_v2(Bucket=bucket, Prefix=folder)
            except Exception as error:
                raise invalid(f"the bucket [{bucket}] of the offline store cannot be reached: {error}.") from error
            self._buckets.add(bucket)

    def flush(self) -> None:
        """Write all rows; those that cannot be written now are tried again."""
        with self._flushing:
            for file, rows in self._files().items():
                try:
                    self._write(file, rows)
                except Exception as error:
                    logger.warning("%d rows wait for %s: %s", len(rows), file, error)
                else:
                    self._rows.written(file)

    def _files(self) -> Mapping[str, Sequence[Pending]]:
        """The rows by the file they belong to; those of a flush that was interrupted keep theirs."""
        files: dict[str, list[Pending]] = defaultdict(list)
        hours: dict[str, list[tuple[int, Pending]]] = defaultdict(list)
        with self._rows.at_once():
            for number, row in self._rows.pending():
                if row.file:
                    files[row.file].append(row)
                else:
                    hours[f"{row.folder}/{utc(row.moment):year=%Y/month=%m/day=%d/hour=%H}"].append((number, row))
            written = time.time()
            for hour, found in hours.items():
                latest = utc(max(row.moment for _, row in found))
                mark = "".join(secrets.choice(_SYMBOLS) for _ in range(16))
                file = f"{hour}/{latest:%Y%m%dT%H%M%SZ}_{mark}.parquet"
                files[file] = [self._rows.choose(number, row, written, file) for number, row in found]
        return files

    def _write(self, file: str, rows: Sequence[Pending]) -> None:
        bucket, key = _parts(file)
        body = self._parquet(self._rows.columns(rows[0].folder), rows)
        self._s3.put_object(Bucket=bucket, Key=key, Body=body)

    def _parquet(self, columns: Mapping[str, str], rows: Sequence[Pending]) -> bytes:
        if self._duckdb is None:
            self._duckdb = importlib.import_module("duckdb").connect(config={"threads": 1})
        types = [*columns.values(), "TIMESTAMP", "TIMESTAMP", "BOOLEAN"]
        names = [f'"{name}"' for name in (*columns, *_ADDED)]
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
