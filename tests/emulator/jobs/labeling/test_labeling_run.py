"""A labeling job without an emulator around it: nobody comes in time."""

import io
import json
from typing import Any

from emulator.jobs.labeling.board import TaskBoard
from emulator.jobs.labeling.request import read_request
from emulator.jobs.labeling.run import LabelingRun
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


def test_objects_that_nobody_labels_in_time_have_failed_and_the_job_with_them() -> None:
    s3 = Objects(**{"b/m": '{"source": "x"}\n{"source": "y"}\n'})
    request = {
        "LabelingJobName": "Late",
        "LabelAttributeName": "mood",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://b/m"}}},
        "OutputConfig": {"S3OutputPath": "s3://b/out"},
        "HumanTaskConfig": {
            "WorkteamArn": "arn:aws:sagemaker:us-east-1:123456789012:workteam/raters",
            "PreHumanTaskLambdaArn": f"{FUNCTIONS}:PRE-TextMultiClass",
            "AnnotationConsolidationConfig": {"AnnotationConsolidationLambdaArn": f"{FUNCTIONS}:ACS-TextMultiClass"},
            "TaskTitle": "Mood",
            "TaskDescription": "Mood",
            "NumberOfHumanWorkersPerDataObject": 1,
            "TaskAvailabilityLifetimeInSeconds": 0,
        },
    }
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
