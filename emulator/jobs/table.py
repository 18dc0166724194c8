"""The kinds of job in `lambdas/job/kinds.json`, the one table of constructs, Lambda and emulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).parents[2] / "lambdas" / "job" / "kinds.json"


@dataclass(frozen=True)
class JobRow:
    """One kind of job.

    Args:
        name: Name as in `Create<name>`.
        resource: Resource type within the ARN.
        event: Detail type of the event that tells of its states; empty where there is none.
        event_names_job: Whether its detail describes the job; otherwise it has the status of an ended job alone.
    """

    name: str
    resource: str
    event: str
    event_names_job: bool

    @property
    def room(self) -> str:
        """The module or package of `emulator.jobs` that runs the kind, if there is one: `training` and so on."""
        return self.resource.removesuffix("-job").replace("-", "_")


@cache
def job_rows() -> Mapping[str, JobRow]:
    """All rows by name, in the order of the table."""
    rows: list[dict[str, Any]] = json.loads(_TABLE.read_text())
    return {
        row["name"]: JobRow(row["name"], row["resource"], row["event"], row.get("event_names_job", True))
        for row in rows
    }
