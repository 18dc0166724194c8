"""Entry points: of CloudFormation and the state machine that its request is handed to, and of a queue of results."""

import json
import os
import time
import uuid
from typing import Any

from lambdas.common import custom_resource
from lambdas.common.aws_api import AwsApi
from lambdas.job.batch_api import BatchApi
from lambdas.job.deployment import DeploymentApi, JobDeployment
from lambdas.job.executions import Executions
from lambdas.job.kinds import BATCH_JOB, KINDS
from lambdas.job.results import JobResults


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Hand a request over, or carry out one step of it."""
    executions = Executions(AwsApi("stepfunctions"))
    deployment = JobDeployment(
        sagemaker=_service(event.get("Request", event)),
        executions=executions,
        accept=custom_resource.accept,
        refuse=custom_resource.refuse,
        tell=_tell,
        now=time.time,
    )
    request = event.get("Request")
    if request is None:
        executions.begin(event, int(time.time()))
        return {}
    match event["Step"]:
        case "choose":
            return deployment.choose(request)
        case "start":
            return deployment.start(request, event["Began"], event["Job"], event["Execution"])
        case "look":
            return deployment.look(request, event["Began"], event["Job"])
        case _:
            return deployment.give_up(request, event["Failure"])


def _service(request: dict[str, Any]) -> DeploymentApi:
    """What a request's job is started by."""
    properties = request["ResourceProperties"]
    if properties["Kind"] == BATCH_JOB.name:
        return BatchApi(AwsApi("batch"), json.loads(properties["Request"])["jobQueue"])
    return AwsApi("sagemaker")


def results(event: dict[str, Any], _context: object) -> None:
    """Act on one message of the queue of results; what it raises brings the message back later."""
    job_results = JobResults(
        kind=KINDS[os.environ["KIND"]],
        pointer=os.environ["POINTER"],
        topic=os.environ.get("TOPIC", ""),
        sagemaker=AwsApi("sagemaker"),
        parameters=AwsApi("ssm"),
        topics=AwsApi("sns"),
    )
    for record in event["Records"]:
        told = json.loads(record["body"])
        if "started" in told:
            job_results.started(told["started"])
        else:
            job_results.changed(job_results.kind.told_of(told))


def _tell(queue: str, job: str) -> None:
    # With an identifier of its own: the queue leaves out what it has got within five minutes.
    AwsApi("sqs").call(
        "send_message",
        QueueUrl=queue,
        MessageBody=json.dumps({"started": job}),
        MessageGroupId="results",
        MessageDeduplicationId=uuid.uuid4().hex,
    )
