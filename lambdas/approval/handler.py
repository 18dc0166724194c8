"""Entry point that the queue calls."""

import json
import os
from typing import Any

from lambdas.approval.ledger import Ledger
from lambdas.approval.logic import FollowedApproval
from lambdas.approval.stacks import Stacks
from lambdas.common.aws_api import AwsApi


def handler(event: dict[str, Any], _context: object) -> None:
    """Act on one event; what it raises brings the event back later."""
    pointer = os.environ["POINTER"]
    deployment = FollowedApproval(
        ledger=Ledger(AwsApi("dynamodb"), os.environ["TABLE"], os.environ["STAGE"] or "approved"),
        stacks=Stacks(AwsApi("cloudformation"), json.loads(os.environ["STACKS"]), pointer),
        registry=AwsApi("sagemaker"),
        parameters=AwsApi("ssm"),
        topics=AwsApi("sns"),
        pointer=pointer,
        stage=os.environ["STAGE"],
        later=json.loads(os.environ.get("LATER_STAGES", "[]")),
        promotion=os.environ.get("PROMOTION", ""),
        topic=os.environ.get("TOPIC", ""),
    )
    for record in event["Records"]:
        told = json.loads(record["body"])
        detail = told["detail"]
        if told["source"] == "aws.sagemaker":
            deployment.package_changed(detail["ModelPackageArn"])
        else:
            name = detail["stack-id"].split("/")[1]
            deployment.stack_changed(name, detail["status-details"]["status"])
