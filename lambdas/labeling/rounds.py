"""Rounds of a project: people answer, a model proposes, people answer what it is not sure of.

Everything follows from what is in S3 and from the jobs that there are: events that come twice, late or at a time
change nothing, as plans, jobs and files are named by the round.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from lambdas.labeling.active import Chosen, Proposal, Rules, choose
from lambdas.labeling.files import first_of, listed, stored
from lambdas.labeling.label_studio import project_configuration, project_task, proposed_task
from lambdas.labeling.manifests import Line, labeled, written_manifest
from lambdas.labeling.project import MACHINE, BucketApi, Project, identity, labeled_lines, write_manifest
from lambdas.labeling.task_types import TASK_TYPES

_PLANS, _REPORT = "active/plans", "active/report.json"
_ATTEMPTS = 3


class S3Api(BucketApi, Protocol):
    """Calls of S3, and the reasons of those that failed."""

    def code_of(self, error: Exception) -> str | None:
        """The API's error code."""
        ...


class JobsApi(Protocol):
    """Jobs of one kind, by their names."""

    def status(self, name: str) -> str:
        """Its status; empty where there is no such job."""
        ...

    def start(self, name: str) -> None:
        """Start it; one of the same name that was started meanwhile will do."""
        ...


class ModelFailedError(RuntimeError):
    """The job that proposes labels has failed as often as it is tried."""


class UnreadableProposalsError(ValueError):
    """Proposals that leave objects out, or say what is no label."""


def step(project: Project, files: Mapping[str, Any], rules: Rules, proposals: str, s3: S3Api, jobs: JobsApi) -> str:
    """Do what is due; returns what that was, in a few words. ``proposals`` is the key of what the model has written.

    Raises ``ModelFailedError`` and ``UnreadableProposalsError``.
    """
    lines = {identity(project, line): line for line in listed(files, s3, follow=True)}
    plans = _plans(project, s3)
    number = max(plans, default=0)
    plan = plans.get(number) or _begun(project, files, list(lines), s3)
    if plan["finished"]:
        return plan["finished"]
    answers = labeled_lines(project, s3)
    human = {
        identity(project, line): str(line[f"{project.attribute}-metadata"]["class-name"]) for line in answers.lines
    }
    # Whoever skips an object has said that it has no label; a model has none for it either.
    lines = {each: line for each, line in lines.items() if each in human or each not in answers.skipped}
    missing = [each for each in plan["asked"] if each not in human and each in lines]
    if missing:
        # Again, in case that it was cut short: the same content has the same place.
        _show(project, files, lines, plan, s3)
        return f"people are asked about {len(missing)} objects"
    if not _done(number, jobs):
        return f"the model of round {number} is at work"
    said = _proposals(project, lines, s3, proposals)
    audited: dict[str, str] = {each: label for each, label in plan["audited"].items() if each in human}
    known = {each: label for each, label in human.items() if each in lines}
    chosen = choose(list(lines), known, said, audited, rules)
    _write(project, files, lines, said, chosen, plan, number + 1, known, s3)
    return chosen.finished or f"round {number + 1}: {len(chosen.ask) + len(chosen.audit)} objects for people"


def _plans(project: Project, s3: S3Api) -> dict[int, dict[str, Any]]:
    """The last plan, by its number."""
    prefix = f"{project.prefix}/{_PLANS}/"
    found: list[str] = []
    following: dict[str, str] = {}
    while True:
        page = s3.call("list_objects_v2", Bucket=project.bucket, Prefix=prefix, **following)
        found += [each["Key"] for each in page.get("Contents", ())]
        if not page.get("IsTruncated"):
            break
        following = {"ContinuationToken": page["NextContinuationToken"]}
    if not found:
        return {}
    body = s3.call("get_object", Bucket=project.bucket, Key=max(found))["Body"].read()
    return {int(max(found).rpartition("/")[2].partition(".")[0]): json.loads(body)}


def _begun(project: Project, files: Mapping[str, Any], objects: Sequence[str], s3: S3Api) -> Mapping[str, Any]:
    """The plan of round 0: the objects that people see at first."""
    asked = [objects[number] for number in first_of(len(objects), int(files["First"]))]
    plan: dict[str, Any] = {"asked": asked, "audited": {}, "shown": dict.fromkeys(asked), "finished": ""}
    return _agreed(project, 0, plan, s3)


def _done(number: int, jobs: JobsApi) -> bool:
    """Whether the model of a round has proposed; it is started if it has not been, and again if it has failed."""
    for attempt in range(_ATTEMPTS):
        name = f"{number}-{attempt}"
        status = jobs.status(name)
        if status == "Completed":
            return True
        if not status:
            jobs.start(name)
            return False
        if status not in ("Failed", "Stopped"):
            return False
    raise ModelFailedError(f"the job of round {number} has failed {_ATTEMPTS} times")


def _proposals(project: Project, lines: Mapping[str, Line], s3: S3Api, key: str) -> dict[str, Proposal]:
    body = s3.call("get_object", Bucket=project.bucket, Key=key)["Body"].read().decode()
    found: dict[str, Proposal] = {}
    for number, text in enumerate(body.splitlines(), 1):
        try:
            given: dict[str, Any] = json.loads(text)
            label, confidence = str(given.pop("proposal")), float(given.pop("confidence"))
        except (ValueError, KeyError, AttributeError, TypeError):
            words = "is no line with proposal and confidence"
            raise UnreadableProposalsError(f"line {number} of {key} {words}: {text[:80]}") from None
        if label not in project.labels or not 0 <= confidence <= 1:
            words = "has no label of the project, or no confidence from 0 to 1"
            raise UnreadableProposalsError(f"line {number} of {key} {words}: {text[:80]}")
        found[identity(project, given)] = Proposal(label, confidence)
    missing = [each for each in lines if each not in found]
    if missing:
        raise UnreadableProposalsError(f"{key} leaves out {len(missing)} objects, such as {missing[0][:80]}")
    return found


def _write(
    project: Project,
    files: Mapping[str, Any],
    lines: Mapping[str, Line],
    said: Mapping[str, Proposal],
    chosen: Chosen,
    plan: Mapping[str, Any],
    number: int,
    human: Mapping[str, str],
    s3: S3Api,
) -> None:
    """Labels and the report, then the plan, by which the round has begun, and the tasks of the plan.

    What is cut short before the plan is done again, and what is cut short after it is done by the next call.
    """
    now = datetime.now(UTC)
    machine: list[Line] = []
    for each in chosen.machine:
        label = project.labels.index(said[each].label)
        metadata = {
            "class-name": said[each].label,
            "confidence": round(said[each].confidence, 4),
            "type": f"groundtruth/{TASK_TYPES[project.task].type}",
        }
        line = labeled(lines[each], project.attribute, label, metadata, job=project.name, now=now, human=False)
        machine.append(line)
    _put(project, s3, MACHINE, written_manifest(machine))
    write_manifest(project, s3)
    audit = chosen.audited
    report = {
        "round": number,
        "answers": len(human),
        "asked-now": len(chosen.ask) + len(chosen.audit),
        "machine-labeled": len(chosen.machine),
        "threshold": chosen.threshold,
        "audited": audit.looked_at,
        "audited-wrong": audit.wrong,
        "error": audit.error,
        "error-at-most": round(audit.at_most, 4),
        "finished": chosen.finished,
    }
    _put(project, s3, _REPORT, json.dumps(report, indent=2))
    following = {
        "asked": [*plan["asked"], *chosen.ask, *chosen.audit],
        "audited": {**plan["audited"], **{each: said[each].label for each in chosen.audit}},
        "shown": {each: [said[each].label, round(said[each].confidence, 4)] for each in chosen.ask}
        | dict.fromkeys(chosen.audit),
        "finished": chosen.finished,
    }
    _show(project, files, lines, _agreed(project, number, following, s3), s3)


def _agreed(project: Project, number: int, plan: Mapping[str, Any], s3: S3Api) -> Mapping[str, Any]:
    """The plan of a round: this one, or that of a call at the same time which came before."""
    key = f"{project.prefix}/{_PLANS}/{number:04}.json"
    try:
        s3.call("put_object", Bucket=project.bucket, Key=key, Body=json.dumps(plan).encode(), IfNoneMatch="*")
    except Exception as error:
        if s3.code_of(error) not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
    return json.loads(s3.call("get_object", Bucket=project.bucket, Key=key)["Body"].read())


def _show(
    project: Project, files: Mapping[str, Any], lines: Mapping[str, Line], plan: Mapping[str, Any], s3: S3Api
) -> None:
    """Write the tasks of a round, those that are audited without the proposal."""
    place = {each: number for number, each in enumerate(lines)}
    tasks = [
        proposed_task(place[each], lines[each], *proposal) if proposal else project_task(place[each], lines[each])
        for each, proposal in plan["shown"].items()
        if each in lines
    ]
    if tasks:
        configuration = project_configuration(TASK_TYPES[project.task], files["Question"], project.labels)
        stored(files, {"tasks.json": json.dumps(tasks), "configuration.xml": configuration}, s3)


def _put(project: Project, s3: S3Api, name: str, text: str) -> None:
    s3.call("put_object", Bucket=project.bucket, Key=f"{project.prefix}/{name}", Body=text.encode())
