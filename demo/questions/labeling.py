"""Labeling: images arrive, become tasks of Label Studio, and answers become an augmented manifest."""

import json
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.people.digits import digits

_IMAGES = 10


def ask_for_labels(deployed: Deployment) -> Answered:
    """Images are put into the bucket; answers are written where Label Studio's target storage writes them.

    No Label Studio runs here: ``make demo-data`` has one, and somebody who answers on its page.
    """
    images, truth = digits()
    s3, bucket, folder = deployed.client("s3"), deployed.data_bucket, deployed.outputs["LabelingObjects"]
    for number, image in enumerate(images[:_IMAGES]):
        s3.put_object(Bucket=bucket, Key=f"{folder}/{number:03}.png", Body=image, ContentType="image/png")
    tasks = deployed.wait_for(f"{_IMAGES} tasks", lambda: _tasks(deployed))
    for task in tasks:
        number: int = task["data"]["number"]
        key = f"{deployed.outputs['LabelingAnswers']}/{number}"
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(_answer(task, str(truth[number]))).encode())
    lines = deployed.wait_for(f"{_IMAGES} labels", lambda: _labels(deployed))
    right = sum(line["label"] == digit for line, digit in zip(lines, truth, strict=False))
    return Answered(
        kind="labeling",
        endpoint=deployed.outputs["LabelingManifest"],
        asked=f"{_IMAGES} images put into the bucket, {len(tasks)} answers written",
        answered=f"{len(tasks)} tasks for people; {len(lines)} labels in the manifest, {right} as they were answered",
    )


def _tasks(deployed: Deployment) -> list[dict[str, Any]] | None:
    """The tasks that were written last, once they are all."""
    s3, prefix = deployed.client("s3"), deployed.outputs["LabelingTasks"]
    found = s3.list_objects_v2(Bucket=deployed.data_bucket, Prefix=f"{prefix}/").get("Contents", [])
    for each in found:
        if each["Key"].endswith("/tasks.json"):
            tasks = json.loads(s3.get_object(Bucket=deployed.data_bucket, Key=each["Key"])["Body"].read())
            if len(tasks) == _IMAGES:
                return tasks
    return None


def _answer(task: dict[str, Any], label: str) -> dict[str, Any]:
    number = task["data"]["number"]
    chosen = {"from_name": "answer", "to_name": "object", "type": "choices", "value": {"choices": [label]}}
    return {
        "id": number,
        "task": task,
        "completed_by": {"email": "somebody@example.com"},
        "updated_at": "2026-11-30T09:00:00.000000Z",
        "result": [chosen],
    }


def _labels(deployed: Deployment) -> list[dict[str, Any]] | None:
    """The lines of the manifest, once it has all."""
    body = deployed.read(f"s3://{deployed.data_bucket}/{deployed.outputs['LabelingManifest']}")
    lines = [json.loads(line) for line in (body or b"").splitlines()]
    return lines if len(lines) == _IMAGES else None


QUESTIONS = (Question("labeling", "labeling", ask_for_labels, needs="LabelingManifest"),)
