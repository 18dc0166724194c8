"""The asynchronous endpoint: asked while it sleeps."""

import json
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.failure import DemoFailure
from demo.held_out import answers_in, as_csv, right


def ask_asleep(deployed: Deployment) -> Answered:
    """Wait until no instance is left, upload a request, and wait for its answer and the message of success."""
    deployed.wait_for("the sleep of the asynchronous endpoint", lambda: True if not deployed.instances() else None)
    sqs = deployed.client("sqs")
    queue = sqs.create_queue(QueueName="demo-asynchronous")["QueueUrl"]
    try:
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        for topic in ("SuccessTopic", "ErrorTopic"):
            deployed.client("sns").subscribe(
                TopicArn=deployed.outputs[topic], Protocol="sqs", Endpoint=attributes["QueueArn"]
            )
        accepted = _send(deployed)
        message = deployed.wait_for("the message of the asynchronous endpoint", lambda: _message(sqs, queue))
    finally:
        sqs.delete_queue(QueueUrl=queue)
    if message["invocationStatus"] != "Completed":
        raise DemoFailure(f"the asynchronous endpoint failed: {message.get('failureReason')}")
    body = deployed.wait_for(f"the answer {accepted}", lambda: deployed.read(accepted))
    answers = answers_in(body, deployed.rows)
    awake = deployed.instances()
    return Answered(
        kind="asynchronous",
        endpoint=deployed.endpoint,
        asked=f"{len(answers)} rows in an upload, while it slept at 0 instances",
        answered=f"woke to {awake} instance, output object and success message; {right(answers)}",
        answers=answers,
    )


def _send(deployed: Deployment) -> str:
    bucket, key = deployed.data_bucket, f"{deployed.outputs['InputPrefix']}/held-out.csv"
    deployed.client("s3").put_object(Bucket=bucket, Key=key, Body=as_csv(deployed.rows))
    return deployed.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName=deployed.endpoint,
        InputLocation=f"s3://{bucket}/{key}",
        ContentType="text/csv",
        Accept="application/json",
    )["OutputLocation"]


def _message(sqs: Any, queue: str) -> dict[str, Any] | None:
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1).get("Messages")
    return json.loads(json.loads(received[0]["Body"])["Message"]) if received else None


QUESTIONS = (Question("asynchronous", "asynchronous", ask_asleep),)
