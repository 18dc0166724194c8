"""A labeling job without an emulator around it: nobody comes in time."""

import io
import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from emulator.jobs.labeling.arrivals import KEY_NAME, Arrival, arrivals
from emulator.jobs.labeling.board import TaskBoard
from emulator.jobs.labeling.request import read_request
from emulator.jobs.labeling.run import LabelingRun
from emulator.jobs.labeling.streaming_run import StreamingRun
from emulator.jobs.running_jobs import RunningJob

FUNCTIONS = "arn:aws:lambda:us-east-1:432418664414:function"


class Objects:
    """The objects of all buckets."""

    def __init__(self, **objects: str) -> None:
        self.objects = {name: text.encode() for name, text in objects.items()}

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803
        return {"Body": io.BytesIO(self.objects[f"{Bucket}/{Key}"])}

    def put_object(self, *, Bucket: str, Key: str, Body: Any) -> Any:  # noqa: N803
        self.objects[f"{Bucket}/{Key}"] = Body

    def list_objects_v2(self, **_asked: Any) -> Any:
        raise AssertionError("a job reads what its manifest names")


def _request(source: dict[str, Any], **human: Any) -> dict[str, Any]:
    return {
        "LabelingJobName": "Late",
        "LabelAttributeName": "mood",
        "InputConfig": {"DataSource": source},
        "OutputConfig": {"S3OutputPath": "s3://b/out"},
        "HumanTaskConfig": {
            "WorkteamArn": "arn:aws:sagemaker:us-east-1:123456789012:workteam/raters",
            "PreHumanTaskLambdaArn": f"{FUNCTIONS}:PRE-TextMultiClass",
            "AnnotationConsolidationConfig": {"AnnotationConsolidationLambdaArn": f"{FUNCTIONS}:ACS-TextMultiClass"},
            "TaskTitle": "Mood",
            "TaskDescription": "Mood",
            "NumberOfHumanWorkersPerDataObject": 1,
            **human,
        },
    }


def test_objects_that_nobody_labels_in_time_have_failed_and_the_job_with_them() -> None:
    s3 = Objects(**{"b/m": '{"source": "x"}\n{"source": "y"}\n'})
    request = _request({"S3DataSource": {"ManifestS3Uri": "s3://b/m"}}, TaskAvailabilityLifetimeInSeconds=0)
    board, counted = TaskBoard(), list[Any]()
    result = LabelingRun(read_request(request, "arn:job"), board, s3, RunningJob(), counted.append).run()
    assert (result.status, result.failure_reason) == (
        "Failed",
        "ClientError: Annotation tasks expired: nobody has answered in time.",
    )
    assert result.counters["FailedNonRetryableError"] == 2
    assert board.open(["raters"]) == []
    lines = [json.loads(line) for line in s3.objects["b/out/Late/manifests/output/output.manifest"].splitlines()]
    assert [line["source"] for line in lines] == ["x", "y"]
    assert all("expired" in line["mood-metadata"]["failure-reason"] for line in lines)


class Told:
    """What tells of an object, once."""

    def __init__(self, *arrivals: Arrival) -> None:
        self.arrivals = list(arrivals)
        self.state = ""

    def open(self) -> None:
        self.state = "open"

    def take(self, most: int) -> list[Arrival]:
        taken, self.arrivals = self.arrivals[:most], self.arrivals[most:]
        return taken

    def close(self) -> None:
        self.state = "closed"


def test_a_stream_that_has_nothing_to_do_for_long_is_stopped() -> None:
    s3, board, labels, queue = Objects(), TaskBoard(), list[Any](), Told(Arrival("1", {"source": "x"}))
    job = read_request(_request({"SnsDataSource": {"SnsTopicArn": "arn:topic"}}), "arn:job")
    begun = list[str]()

    def answer() -> None:
        begun.append(queue.state)
        board_task.start()

    def work() -> None:
        while not (found := board.open(["raters"])):
            board.wait(0.01)
        board.submit(found[0], "ann", {"crowd-classifier": {"label": "good"}})

    board_task = threading.Thread(target=work)
    s3.objects["b/labels"] = b'{"labels": [{"label": "good"}, {"label": "bad"}]}'
    job = replace(job, request={**job.request, "LabelCategoryConfigS3Uri": "s3://b/labels"})
    run = StreamingRun(job, board, s3, RunningJob(), lambda _: None, queue, answer, labels.append, idle_seconds=0.3)
    result = run.run()
    board_task.join()
    assert (result.status, result.counters["HumanLabeled"]) == ("Stopped", 1)
    assert (begun, queue.state) == (["open"], "closed")
    assert [line["mood"] for line in labels] == [0]


@pytest.mark.parametrize(
    ("message", "identifiers", "failure"),
    [
        ({"source": "x"}, ["m"], ""),
        ({"source": "x", KEY_NAME: "source"}, ["x"], ""),
        ({"source": "x", KEY_NAME: "a_b", "a_b": "1"}, ["m"], "must be letters"),
        ({"source": "x", KEY_NAME: "key"}, ["m"], "key must be 1 to 1024 characters"),
        ({"Event": "s3:TestEvent"}, [], ""),
        (["x"], ["m"], "is no JSON object"),
        (
            {"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": "a+b%2Fc.png", "sequencer": "7"}}}]},
            ["s3://b/a b/c.png-7"],
            "",
        ),
    ],
)
def test_objects_are_known_by_what_their_message_says(message: Any, identifiers: list[str], failure: str) -> None:
    found = arrivals(json.dumps({"MessageId": "m", "Message": json.dumps(message)}), "mood")
    assert [each.id for each in found] == identifiers
    assert all(failure in each.failure and bool(failure) == bool(each.failure) for each in found)
