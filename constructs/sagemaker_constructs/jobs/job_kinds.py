"""The kinds of job, from the one table that the job functions and the emulator read too."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sagemaker_constructs.core.assets import asset_root


@dataclass(frozen=True)
class JobKind:
    """A row of ``lambdas/job/kinds.json``, which is explained in ``lambdas/job/kinds.py``."""

    name: str
    resource: str
    name_length: int
    names_role: bool
    event: str
    attributes: Mapping[str, tuple[str | int, ...]]
    called: str = ""
    event_names_job: bool = True

    @property
    def stopped_by(self) -> str:
        """The operation that stops a job of this kind."""
        return f"Stop{self.called or self.name}"

    @property
    def name_member(self) -> str:
        """The member of the Create call that holds a job's name."""
        return f"{self.called or self.name}Name"


@cache
def job_kinds() -> Mapping[str, JobKind]:
    """All kinds of job, by the name that the API gives them, such as ``TrainingJob``."""
    rows = json.loads((asset_root() / "lambdas" / "job" / "kinds.json").read_text(encoding="utf-8"))
    return {row["name"]: JobKind(**row) for row in rows}
