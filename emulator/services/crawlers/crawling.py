"""Crawls: started, carried out on a thread, and what they found in the catalog."""

from __future__ import annotations

import contextvars
import json
import logging
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from emulator.ministack import hooks
from emulator.ministack.scope import Scope
from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.tables import catalog
from emulator.services.athena.tables.objects import ObjectClient, QueryObjects
from emulator.services.crawlers.found_tables import CrawlFailed, FoundTable, find_tables
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.crawlers")

_FORMATS = {
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    ),
}
_TEXT = (
    "org.apache.hadoop.mapred.TextInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
)
Reply = tuple[int, dict[str, str], bytes]
Publish = Callable[[Scope, str, str, Sequence[str]], None]


def add_crawlers(s3: ObjectClient, state: Path, changed: Callable[[], None]) -> None:
    """Let crawlers crawl."""
    glue = hooks.module("ministack.services.glue")
    crawls = Crawls(s3, state, hooks.publisher("aws.glue"), changed, glue._crawlers)
    glue._start_crawler = crawls.start


class Crawls:
    """Carries crawls out.

    Args:
        s3: A client.
        state: Where copies of objects are kept while a crawl runs.
        publish: Publishes an event.
        changed: Called after each change, so that it can be saved.
        crawlers: All crawlers of the present account and region, by name.
    """

    def __init__(
        self, s3: ObjectClient, state: Path, publish: Publish, changed: Callable[[], None], crawlers: Any
    ) -> None:
        self._s3 = s3
        self._state = state
        self._publish = publish
        self._changed = changed
        self._crawlers = crawlers

    def start(self, request: Mapping[str, Any]) -> Reply:
        """StartCrawler."""
        responses = hooks.module("ministack.core.responses")
        name = str(request.get("Name"))
        crawler = self._crawlers.get(name)
        if crawler is None:
            return responses.error_response_json("EntityNotFoundException", f"Crawler {name} not found", 400)
        if crawler["State"] != "READY":
            message = f"Crawler with name {name} has already started"
            return responses.error_response_json("CrawlerRunningException", message, 400)
        crawler["State"] = "RUNNING"
        self._tell(name, "Started", {})
        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(self._run, crawler), name=f"crawler-{name}", daemon=True).start()
        return responses.json_response({})

    def _run(self, crawler: dict[str, Any]) -> None:
        started, folder = time.time(), self._state / "crawls" / uuid.uuid4().hex
        folder.mkdir(parents=True)
        made = {"CREATED": 0, "UPDATED": 0}
        status, reason = "SUCCEEDED", ""
        try:
            for each in self._tables(crawler, QueryObjects(self._s3, folder)):
                outcome = _keep(crawler, each)
                made[outcome] = made.get(outcome, 0) + 1
        except (CrawlFailed, QueryFailed) as error:
            status, reason = "FAILED", str(error)
        except ServiceError as error:
            status, reason = "FAILED", f"{error.code}: {error.message}"
        except Exception as error:
            logger.exception("crawler %s", crawler["Name"])
            status, reason = "FAILED", f"The emulator could not carry out this crawl: {type(error).__name__}: {error}"
        crawler["LastCrawl"] = {
            "Status": status,
            **({"ErrorMessage": reason} if reason else {}),
            "LogGroup": "/aws-glue/crawlers",
            "LogStream": crawler["Name"],
            "MessagePrefix": folder.name,
            "StartTime": started,
        }
        crawler["CrawlElapsedTime"] = int((time.time() - started) * 1000)
        crawler["State"] = "READY"
        shutil.rmtree(folder, ignore_errors=True)
        told = {"tablesCreated": str(made["CREATED"]), "tablesUpdated": str(made["UPDATED"]), "tablesDeleted": "0"}
        self._tell(crawler["Name"], "Failed" if reason else "Succeeded", {"errorMessage": reason} if reason else told)
        self._changed()

    def _tables(self, crawler: Mapping[str, Any], objects: QueryObjects) -> list[FoundTable]:
        targets: Mapping[str, Any] = crawler.get("Targets") or {}
        others = [name for name, given in targets.items() if given and name != "S3Targets"]
        if others:
            raise CrawlFailed(f"The emulator crawls S3 only, and no {', '.join(others)}.")
        if str(crawler.get("DatabaseName")).lower() not in catalog.databases():
            raise CrawlFailed(f"Database {crawler.get('DatabaseName')} not found.")
        found: list[FoundTable] = []
        for target in targets.get("S3Targets") or ():
            found += find_tables(objects, str(target["Path"]), target.get("Exclusions") or ())
        return found

    def _tell(self, name: str, state: str, more: Mapping[str, str]) -> None:
        detail = {"crawlerName": name, "state": state, "cloudWatchLogLink": "", **more}
        self._publish(hooks.current_scope(), "Glue Crawler State Change", json.dumps(detail), [])


def _keep(crawler: Mapping[str, Any], found: FoundTable) -> str:
    """Write a table into the catalog; says whether it is new, changed or as it was."""
    database, name = str(crawler["DatabaseName"]).lower(), f"{crawler.get('TablePrefix') or ''}{found.name}".lower()
    known = catalog.table(database, name)
    if known is None:
        catalog.glue("CreateTable", DatabaseName=database, TableInput=_table_input(crawler, name, found))
        outcome = "CREATED"
    else:
        had = [(each.name, each.kind) for each in known.columns]
        policy: Mapping[str, str] = crawler.get("SchemaChangePolicy") or {}
        kept = had == list(found.columns) or policy.get("UpdateBehavior") == "LOG"
        outcome = "" if kept else "UPDATED"
        if outcome:
            catalog.glue("UpdateTable", DatabaseName=database, TableInput=_table_input(crawler, name, found))
    _add_partitions(database, name, found)
    return outcome


def _table_input(crawler: Mapping[str, Any], name: str, found: FoundTable) -> dict[str, Any]:
    parameters = {
        "classification": found.classification,
        "objectCount": str(found.objects),
        "sizeKey": str(found.size),
        "typeOfData": "file",
        "compressionType": "none",
        "UPDATED_BY_CRAWLER": str(crawler["Name"]),
    }
    settings = {"serialization.format": "1"}
    if found.classification == "csv":
        parameters |= {"skip.header.line.count": "1", "delimiter": found.delimiter, "areColumnsQuoted": "false"}
        settings = {"field.delim": found.delimiter}
    given, written = _FORMATS.get(found.classification, _TEXT)
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in found.keys],
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in found.columns],
            "Location": found.location,
            "InputFormat": given,
            "OutputFormat": written,
            "SerdeInfo": {"SerializationLibrary": found.library, "Parameters": settings},
        },
    }


def _add_partitions(database: str, name: str, found: FoundTable) -> None:
    if not found.partitions:
        return
    table = catalog.required_table(database, name)
    known = {tuple(each.values) for each in catalog.partitions(table)}
    described = catalog.storage_request(table, "")
    new = [(values, location) for values, location in found.partitions.items() if values not in known]
    for start in range(0, len(new), 100):
        catalog.glue(
            "BatchCreatePartition",
            DatabaseName=database,
            TableName=name,
            PartitionInputList=[
                {"Values": list(values), "StorageDescriptor": {**described, "Location": location}}
                for values, location in new[start : start + 100]
            ],
        )
