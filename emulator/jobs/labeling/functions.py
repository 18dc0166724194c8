"""Functions of somebody's own, before and after the work of people.

https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.jobs.labeling.request import LabelingRequest
from emulator.ministack import in_process
from emulator.shapes.errors import ServiceError
from lambdas.labeling.answers import WorkerAnswer

VERSION = "2018-10-16"


@dataclass(frozen=True)
class Shown:
    """What a page gets of an object.

    Args:
        input: `task.input` of its template.
        asks: Whether people are asked about it.
    """

    input: Mapping[str, Any]
    asks: bool = True


def before(job: LabelingRequest, line: Mapping[str, Any]) -> Shown:
    """Call the function that is called for each object. Raises DataPlaneError."""
    answer = _invoke(job.before, {"version": VERSION, "labelingJobArn": job.arn, "dataObject": dict(line)})
    if not isinstance(answer.get("taskInput"), dict):
        raise DataPlaneError(f"{job.before} has answered without a taskInput")
    asks = answer.get("isHumanAnnotationRequired", True)
    return Shown(answer["taskInput"], str(asks).lower() != "false")


def payload(number: int, line: Mapping[str, Any], answers: Sequence[WorkerAnswer]) -> dict[str, Any]:
    """One object of the file that the function after the work reads."""
    shown = {"s3Uri": line["source-ref"]} if "source-ref" in line else {"content": line["source"]}
    return {
        "datasetObjectId": str(number),
        "dataObject": shown,
        "annotations": [
            {"workerId": each.worker, "annotationData": {"content": json.dumps(dict(each.content))}}
            for each in answers
        ],
    }


def after(job: LabelingRequest, categories: Sequence[str], url: str) -> dict[str, Mapping[str, Any]]:
    """Call the function that makes labels of the answers at `url`; returns the content by object. Raises
    DataPlaneError.
    """
    event = {
        "version": VERSION,
        "labelingJobArn": job.arn,
        "labelCategories": list(categories),
        "labelAttributeName": job.attribute,
        "roleArn": job.request["RoleArn"],
        "payload": {"s3Uri": url},
    }
    answer = _invoke(job.after, event)
    try:
        return {str(each["datasetObjectId"]): each["consolidatedAnnotation"]["content"] for each in answer}
    except (KeyError, TypeError):
        raise DataPlaneError(f"{job.after} has answered without a consolidatedAnnotation of each object") from None


def _invoke(arn: str, event: Mapping[str, Any]) -> Any:
    try:
        answer = in_process.call("lambda", "Invoke", {"FunctionName": arn, "Payload": json.dumps(event).encode()})
    except ServiceError as error:
        raise DataPlaneError(f"{arn} cannot be called: {error}") from error
    body = answer["Payload"]
    text = body if isinstance(body, str | bytes) else body.read()
    if answer.get("FunctionError"):
        words = text if isinstance(text, str) else text.decode()
        raise DataPlaneError(f"{arn} has failed: {words}")
    return json.loads(text)
