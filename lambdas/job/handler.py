"""Entry points that the custom resource framework calls."""

from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.job import logic
from lambdas.job.kinds import KINDS


def on_event(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Start a job on Create and Update, stop it on Delete. The job's name is the physical id."""
    api = AwsApi("sagemaker")
    if event["RequestType"] == "Delete":
        logic.stop(api, KINDS[event["ResourceProperties"]["Kind"]], event["PhysicalResourceId"])
        return {"PhysicalResourceId": event["PhysicalResourceId"]}
    return {"PhysicalResourceId": logic.start(api, logic.JobRequest.from_event(event))}


def is_complete(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Whether the job has ended; its attributes once it has."""
    api = AwsApi("sagemaker")
    kind = KINDS[event["ResourceProperties"]["Kind"]]
    name = event["PhysicalResourceId"]
    if event["RequestType"] == "Delete":
        return {"IsComplete": logic.has_stopped(api, kind, name)}
    attributes = logic.result(api, kind, name)
    if attributes is None:
        return {"IsComplete": False}
    return {"IsComplete": True, "Data": attributes}
