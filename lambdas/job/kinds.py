"""What differs between the kinds of job: one row each in ``kinds.json``, which constructs and emulator read too."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class JobCalls:
    """How the API names a kind of job.

    ``resource`` is its type within an ARN, ``name_length`` the most characters of a name, and ``names_role`` whether
    its Create call names a role that it runs as. ``event`` is the detail type of its events. ``attributes`` maps an
    attribute of the custom resource to the path of its value in the Describe answer.
    """

    name: str
    resource: str
    name_length: int
    names_role: bool
    event: str
    attributes: Mapping[str, tuple[str, ...]]

    @property
    def name_member(self) -> str:
        """The member of Create, Describe and Stop that holds the job's name."""
        return f"{self.name}Name"

    @property
    def status_member(self) -> str:
        """The member of the Describe answer that holds the job's status."""
        return f"{self.name}Status"

    def operation(self, verb: str) -> str:
        """The boto3 method for ``create``, ``describe`` or ``stop``."""
        words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in self.name)
        return verb + words


_ROWS = json.loads(Path(__file__).with_name("kinds.json").read_text(encoding="utf-8"))

KINDS: Mapping[str, JobCalls] = {row["name"]: JobCalls(**row) for row in _ROWS}
