"""Entry point that CloudFormation calls, and then the state machine that its request is handed to."""

import json
import time
from typing import Any

from lambdas.common import custom_resource
from lambdas.common.aws_api import AwsApi
from lambdas.job.deployment import JobDeployment


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Hand a request over, or carry out one step of it."""
    deployment = JobDeployment(
        sagemaker=AwsApi("sagemaker"),
        accept=custom_resource.accept,
        refuse=custom_resource.refuse,
        now=time.time,
    )
    request = event.get("Request")
    if request is None:
        _hand_over(event)
        return {}
    match event["Step"]:
        case "choose":
            return deployment.choose(request)
        case "start":
            return deployment.start(request, event["Began"], event["Job"])
        case "look":
            return deployment.look(request, event["Began"], event["Job"])
        case _:
            return deployment.give_up(request, event["Failure"])


def _hand_over(request: dict[str, Any]) -> None:
    """Lambda repeats a request whose function has died: the name of the execution is the same."""
    states = AwsApi("stepfunctions")
    try:
        states.call(
            "start_execution",
            stateMachineArn=request["ResourceProperties"]["StateMachine"],
            name=request["RequestId"],
            input=json.dumps({"Request": request, "Began": int(time.time())}),
        )
    except Exception as error:
        if states.code_of(error) != "ExecutionAlreadyExists":
            raise
