"""Rounds of a project over a bucket in memory: what is due is done once, and what is cut short goes on."""

import io
import json
from typing import Any

import pytest

from lambdas.labeling.active import Rules
from lambdas.labeling.jobs import ModelJobs
from lambdas.labeling.project import MANIFEST, Project
from lambdas.labeling.rounds import ModelFailedError, UnreadableProposalsError, step

COUNT, UNSURE = 40, 15
PROJECT = Project("pets", "b", "p", "ImageMultiClass", ("cat", "dog"), "label", 1, rounds=True)
FILES: dict[str, Any] = {
    "SourceBucket": "b",
    "SourcePrefix": "images/",
    "Bucket": "b",
    "Prefix": "p/inputs",
    "MostObjects": "100",
    "Categories": ["cat", "dog"],
    "Task": "ImageMultiClass",
    "Question": "Which?",
    "First": "20",
}
RULES = Rules(batch=3, most_asked=38, target_error=0.1, audit_percent=10)


class FailureError(Exception):
    """An answer of the API with a code."""


class Bucket:
    """A bucket that knows conditional writes, with as many images."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {f"images/{number:03}.png": "" for number in range(COUNT)}
        self.fail_on = ""

    def code_of(self, error: Exception) -> str | None:
        return str(error) if isinstance(error, FailureError) else None

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        if operation == "put_object":
            if self.fail_on and arguments["Key"].endswith(self.fail_on):
                self.fail_on = ""
                raise FailureError("ServiceUnavailable")
            if arguments.get("IfNoneMatch") and arguments["Key"] in self.objects:
                raise FailureError("PreconditionFailed")
            self.objects[arguments["Key"]] = arguments["Body"].decode()
            return {}
        if operation == "get_object":
            return {"Body": io.BytesIO(self.objects[arguments["Key"]].encode())}
        found = [key for key in sorted(self.objects) if key.startswith(arguments["Prefix"])]
        return {"Contents": [{"Key": key, "ETag": str(hash(self.objects[key]))} for key in found]}

    def tasks(self) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for key, text in self.objects.items():
            if key.endswith("/tasks.json"):
                found |= {task["data"]["number"]: task for task in json.loads(text)}
        return found

    def answer(self, number: int, label: str = "cat", **more: Any) -> None:
        chosen = {"from_name": "answer", "to_name": "object", "type": "choices", "value": {"choices": [label]}}
        line = {"source-ref": f"s3://b/images/{number:03}.png"}
        told = {"id": number, "result": [chosen], "updated_at": "2026-11-30T09:00:00Z", **more}
        task = {"data": {"number": number, "line": line}}
        body = {**told, "task": task, "completed_by": {"email": "ann@example.com"}}
        self.objects[f"p/annotations/{number}"] = json.dumps(body)

    def propose(self, unsure: int = 0) -> None:
        lines = [
            {
                "source-ref": f"s3://b/images/{number:03}.png",
                "proposal": "cat",
                "confidence": 0.4 if number < unsure else 0.95,
            }
            for number in range(COUNT)
        ]
        self.objects["proposals"] = "".join(f"{json.dumps(line)}\n" for line in lines)

    def report(self) -> dict[str, Any]:
        return json.loads(self.objects["p/active/report.json"])


class Started:
    """Jobs that end as ``end`` says."""

    def __init__(self, end: str = "Completed") -> None:
        self.jobs: dict[str, str] = {}
        self.end = end

    def status(self, name: str) -> str:
        return self.jobs.get(name, "")

    def start(self, name: str) -> None:
        self.jobs[name] = self.end


def _step(bucket: Bucket, jobs: Started) -> str:
    return step(PROJECT, FILES, RULES, "proposals", bucket, jobs)


def _answer_all(bucket: Bucket) -> None:
    for number in bucket.tasks():
        bucket.answer(number, "dog" if number < UNSURE else "cat")


def test_people_are_asked_then_the_model_then_people_until_nothing_is_uncertain() -> None:
    bucket, jobs = Bucket(), Started()
    assert _step(bucket, jobs) == "people are asked about 20 objects"
    assert len(bucket.tasks()) == 20
    _answer_all(bucket)
    assert _step(bucket, jobs) == "the model of round 0 is at work"
    assert jobs.jobs == {"0-0": "Completed"}
    bucket.propose(unsure=UNSURE)
    assert _step(bucket, jobs).startswith("round 1: ")
    proposed = [number for number, task in bucket.tasks().items() if "predictions" in task]
    assert 0 < len(proposed) <= RULES.batch
    assert all(number < UNSURE for number in proposed)
    machine = [json.loads(line) for line in bucket.objects[f"p/{MANIFEST}"].splitlines()]
    assert {line["label-metadata"]["human-annotated"] for line in machine} == {"yes", "no"}
    for _ in range(9):
        _answer_all(bucket)
        _step(bucket, jobs)
        if bucket.report()["finished"]:
            break
        _step(bucket, jobs)
    assert bucket.report()["finished"] == "nothing is uncertain"
    labeled = [json.loads(line) for line in bucket.objects[f"p/{MANIFEST}"].splitlines()]
    assert len(labeled) == COUNT
    assert bucket.report()["answers"] + bucket.report()["machine-labeled"] == COUNT
    before = dict(bucket.objects)
    assert _step(bucket, jobs) == "nothing is uncertain"
    assert bucket.objects == before


def test_a_round_that_is_cut_short_goes_on() -> None:
    bucket, jobs = Bucket(), Started()
    _step(bucket, jobs)
    _answer_all(bucket)
    _step(bucket, jobs)
    bucket.propose(unsure=UNSURE)
    for where in ("0001.json", "tasks.json"):
        bucket.fail_on = where
        with pytest.raises(FailureError):
            _step(bucket, jobs)
    assert _step(bucket, jobs).startswith("people are asked about ")
    asked = json.loads(bucket.objects["p/active/plans/0001.json"])["shown"]
    assert len(bucket.tasks()) == 20 + len(asked)


def test_what_somebody_skips_is_not_waited_for() -> None:
    bucket, jobs = Bucket(), Started()
    _step(bucket, jobs)
    numbers = list(bucket.tasks())
    for number in numbers[1:]:
        bucket.answer(number)
    bucket.answer(numbers[0], was_cancelled=True)
    assert _step(bucket, jobs) == "the model of round 0 is at work"


def test_a_model_is_tried_three_times() -> None:
    bucket, jobs = Bucket(), Started(end="Failed")
    _step(bucket, jobs)
    _answer_all(bucket)
    for _ in range(3):
        assert _step(bucket, jobs) == "the model of round 0 is at work"
    with pytest.raises(ModelFailedError, match="round 0 has failed 3 times"):
        _step(bucket, jobs)
    assert list(jobs.jobs) == ["0-0", "0-1", "0-2"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"source-ref": "x"}\n', "line 1 of proposals is no line with proposal"),
        ('{"proposal": "cow", "confidence": 1}\n', "line 1 of proposals has no label of the project"),
        ('{"proposal": "cat", "confidence": 2}\n', "line 1 of proposals has no label of the project"),
        ('{"source-ref": "s3://b/images/000.png", "proposal": "cat", "confidence": 1}\n', "leaves out 39 objects"),
    ],
)
def test_proposals_that_cannot_be_used_are_refused(text: str, reason: str) -> None:
    bucket, jobs = Bucket(), Started()
    _step(bucket, jobs)
    _answer_all(bucket)
    _step(bucket, jobs)
    bucket.objects["proposals"] = text
    with pytest.raises(UnreadableProposalsError, match=reason):
        _step(bucket, jobs)


class SageMaker:
    """An API that knows no job, or says why it fails."""

    def __init__(self, code: str, message: str) -> None:
        self.failure = FailureError(message)
        self.code = code
        self.called: list[tuple[str, dict[str, Any]]] = []

    def code_of(self, error: Exception) -> str | None:
        return self.code if error is self.failure else None

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        self.called.append((operation, arguments))
        raise self.failure


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", "Could not find requested job with name: x-0-0"),
        ("ValidationException", "Requested resource not found."),
        ("ResourceNotFound", "x"),
    ],
)
def test_a_job_that_is_not_there_has_no_status(code: str, message: str) -> None:
    api = SageMaker(code, message)
    assert ModelJobs(api, "ProcessingJob", "ProcessingJobName", "x", {}).status("0-0") == ""
    assert api.called == [("describe_processing_job", {"ProcessingJobName": "x-0-0"})]
    with pytest.raises(FailureError):
        ModelJobs(SageMaker("AccessDenied", "no"), "ProcessingJob", "ProcessingJobName", "x", {}).status("0-0")


def test_a_job_that_was_started_meanwhile_will_do() -> None:
    ModelJobs(SageMaker("ResourceInUse", "there"), "TrainingJob", "TrainingJobName", "x", {}).start("0-0")
    with pytest.raises(FailureError):
        ModelJobs(SageMaker("ResourceLimitExceeded", "no"), "TrainingJob", "TrainingJobName", "x", {}).start("0-0")
