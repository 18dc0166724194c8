"""A Label Studio project in S3: the tasks that it reads, and the augmented manifest of what it has left."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from lambdas.labeling.answers import UnreadableAnswerError
from lambdas.labeling.consolidation import consolidated
from lambdas.labeling.label_studio import Annotation, answered_lines, read_annotation
from lambdas.labeling.manifests import Line, augmented, read_manifest, written_manifest
from lambdas.labeling.task_types import TASK_TYPES

MANIFEST = "manifests/output/output.manifest"
MACHINE = "active/machine.manifest"
_TRIES = 5


class BucketApi(Protocol):
    """Calls of S3."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...


class StillChangingError(RuntimeError):
    """Answers come faster than they are read."""


@dataclass(frozen=True)
class Project:
    """What is known of a project: its task and labels, where it is, and how many people answer.

    ``name`` is told in the metadata of labels. With ``rounds``, a model labels what it is sure of.
    """

    name: str
    bucket: str
    prefix: str
    task: str
    labels: tuple[str, ...]
    attribute: str
    people: int
    rounds: bool = False

    @staticmethod
    def from_text(text: str) -> "Project":
        """Read what the function was given."""
        given: dict[str, Any] = json.loads(text)
        given["labels"] = tuple(given["labels"])
        return Project(**given)


def write_manifest(project: Project, api: BucketApi) -> int:
    """Write the augmented manifest of all lines that enough people have answered; returns their number.

    It follows from what is in S3 now, and from nothing else: events that come twice, late or never change nothing,
    as the next call, or that of the night, writes the same. Whoever writes last has looked again afterwards, so that
    of two that run at a time the older view does not stay. An annotation that cannot be read is left out, and told
    beside the manifest. Raises ``StillChangingError`` where answers come faster than they are read.
    """
    for _ in range(_TRIES):
        seen = _listed(project, api)
        count = _written(project, api, seen)
        if _listed(project, api) == seen:
            return count
    raise StillChangingError(f"answers below {project.prefix} came faster than they were read")


def _written(project: Project, api: BucketApi, keys: Mapping[str, str]) -> int:
    answers = labeled_lines(project, api, keys)
    human = answers.lines
    known = {identity(project, line) for line in human}
    machine = [line for line in machine_lines(project, api) if identity(project, line) not in known]
    _put(project, api, MANIFEST, written_manifest([*human, *machine]))
    _put(project, api, "manifests/output/unread.txt", "".join(f"{each}\n" for each in answers.unread))
    return len(human) + len(machine)


def machine_lines(project: Project, api: BucketApi) -> list[Line]:
    """What a model has labeled of a project that has rounds; what people say comes before it."""
    if not project.rounds:
        return []
    key = f"{project.prefix}/{MACHINE}"
    found = api.call("list_objects_v2", Bucket=project.bucket, Prefix=key).get("Contents", ())
    if not found:
        return []
    body = api.call("get_object", Bucket=project.bucket, Key=key)["Body"].read().decode()
    return read_manifest(body) if body else []


def identity(project: Project, line: Line) -> str:
    """The line without its label."""
    own = (project.attribute, f"{project.attribute}-metadata")
    return json.dumps({name: value for name, value in line.items() if name not in own}, sort_keys=True)


@dataclass(frozen=True)
class Answers:
    """The lines that enough people have answered, those that somebody has skipped, and the annotations that cannot be
    read, with the reason.
    """

    lines: list[Line]
    skipped: frozenset[str]
    unread: list[str]


def labeled_lines(project: Project, api: BucketApi, keys: Mapping[str, str] | None = None) -> Answers:
    """What people have said, of the target storage."""
    keys = _listed(project, api) if keys is None else keys
    task = TASK_TYPES[project.task]
    read: list[Annotation] = []
    unread: list[str] = []
    for key in keys:
        stored = json.loads(api.call("get_object", Bucket=project.bucket, Key=key)["Body"].read())
        try:
            each = read_annotation(stored, task)
            if each.answer:
                consolidated(task, [[each.answer]], project.labels)
            read.append(each)
        except UnreadableAnswerError as error:
            unread.append(f"{key}: {error}")
    enough = [each for each in answered_lines(read) if len(each.answers) >= project.people]
    labels = consolidated(task, [each.answers for each in enough], project.labels)
    lines = [
        augmented(each.line, project.attribute, task, label, job=project.name, now=datetime.fromisoformat(each.at))
        for each, label in zip(enough, labels, strict=True)
    ]
    skipped = frozenset(identity(project, each.line) for each in read if each.answer is None)
    return Answers(lines, skipped, unread)


def _listed(project: Project, api: BucketApi) -> dict[str, str]:
    """The objects of the target storage, one for each annotation, with what tells one content from another."""
    found: dict[str, str] = {}
    following: dict[str, str] = {}
    while True:
        page = api.call(
            "list_objects_v2", Bucket=project.bucket, Prefix=f"{project.prefix}/annotations/", **following
        )
        found |= {each["Key"]: each["ETag"] for each in page.get("Contents", ())}
        if not page.get("IsTruncated"):
            return found
        following = {"ContinuationToken": page["NextContinuationToken"]}


def _put(project: Project, api: BucketApi, name: str, text: str) -> None:
    api.call("put_object", Bucket=project.bucket, Key=f"{project.prefix}/{name}", Body=text.encode())
