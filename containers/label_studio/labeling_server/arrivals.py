"""Tasks that are written while the server runs.

S3 is asked each minute, and the database only when there is something new: it pauses while nobody labels.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from labeling_server.projects import Wanted, apply, wanted

_SECONDS = float(os.environ.get("LABELING_LOOK_SECONDS", "60"))
_CONFIGURATION = "/configuration.xml"
logger = logging.getLogger(__name__)


class Arrivals:
    """Brings each project up to date whose newest folder of tasks is another one than before.

    ``newest`` finds it; ``bring`` is what is done with it.
    """

    def __init__(self, newest: Callable[[str], str], bring: Callable[[Wanted], None]) -> None:
        self._newest = newest
        self._bring = bring
        self._followed = [each for each in wanted() if each.inputs]
        self._known: dict[str, str] = {}

    def look(self) -> Iterator[str]:
        """The projects that were brought up to date. One that fails is told, and tried again next time."""
        for each in self._followed:
            try:
                folder = self._newest(each.inputs)
                if folder and folder != self._known.get(each.name):
                    self._bring(replace(each, folder=folder))
                    self._known[each.name] = folder
                    yield each.name
            except Exception:
                # An alarm counts lines that begin so.
                logger.exception("IMPORT FAILED: tasks of %s below %s", each.name, each.inputs)


def follow() -> None:
    """Look each minute, in a thread of its own, if there is a project that is followed."""
    if not any(each.inputs for each in wanted()):
        return
    arrivals = Arrivals(_newest, _applied)

    def look() -> None:
        while True:
            for name in arrivals.look():
                logger.warning("The tasks of %s are up to date", name)
            time.sleep(_SECONDS)

    threading.Thread(target=look, daemon=True).start()


def _applied(project: Wanted) -> None:
    from django.db import connections

    try:
        apply(project)
    finally:
        # A connection that stays open keeps the database awake.
        connections.close_all()


def _newest(inputs: str) -> str:
    """The folder that was written last, as an S3 URL; empty for none."""
    import boto3

    bucket, _, prefix = inputs.removeprefix("s3://").partition("/")
    pages: Any = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    found: list[dict[str, Any]] = [
        each for page in pages for each in page.get("Contents", ()) if each["Key"].endswith(_CONFIGURATION)
    ]
    newest = max(found, key=lambda each: each["LastModified"], default=None)
    return f"s3://{bucket}/{newest['Key'].removesuffix(_CONFIGURATION)}" if newest else ""
