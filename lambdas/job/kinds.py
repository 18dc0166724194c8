"""What differs between the kinds of job: one row each in ``kinds.json``, which constructs and emulator read too."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class JobCalls:
    """How the API names a kind of job.

    ``resource`` is its type within an ARN, ``name_length`` the most characters of a name, and ``names_role`` whether
    its Create call names a role that it runs as. ``event`` is the detail type of its events, empty where it sends
    none, and ``event_names_job`` whether their detail has the job's name, or only its ARN among the resources has.
    ``attributes`` maps an attribute of the custom resource to the path of its value in the Describe answer:
    members, and places in lists. ``called`` is the name within members and of the Stop call, where versions of the
    API share these.
    """

    name: str
    resource: str
    name_length: int
    names_role: bool
    event: str
    attributes: Mapping[str, tuple[str | int, ...]]
    called: str = ""
    event_names_job: bool = True

    @property
    def _shared(self) -> str:
        return self.called or self.name

    @property
    def name_member(self) -> str:
        """The member of Create, Describe and Stop that holds the job's name."""
        return f"{self._shared}Name"

    @property
    def status_member(self) -> str:
        """The member of the Describe answer that holds the job's status."""
        return f"{self._shared}Status"

    def told_of(self, event: Mapping[str, Any]) -> str:
        """The name of the job that ``event`` is about."""
        if self.event_names_job:
            return str(event["detail"][self.name_member])
        return str(event["resources"][0]).rpartition("/")[2]

    def operation(self, verb: str) -> str:
        """The boto3 method for ``create``, ``describe`` or ``stop``."""
        name = self._shared if verb == "stop" else self.name
        return f"{verb}_{_WORDS.sub('_', name).lower()}"


_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ROWS = json.loads(Path(__file__).with_name("kinds.json").read_text(encoding="utf-8"))

KINDS: Mapping[str, JobCalls] = {row["name"]: JobCalls(**row) for row in _ROWS}

BATCH_JOB = JobCalls(
    name="BatchJob",
    resource="job",
    name_length=128,
    names_role=False,
    event="",
    attributes={"Id": ("jobId",), "LogStream": ("container", "logStreamName")},
)
"""No row: it is not SageMaker's; ``BatchApi`` makes calls of these names out of Batch's."""

DEPLOYED_KINDS: Mapping[str, JobCalls] = {**KINDS, BATCH_JOB.name: BATCH_JOB}
"""What a deployment runs."""
