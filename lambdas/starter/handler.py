"""Entry point that the queue calls, and whoever starts the pipeline by hand."""

import os
import time
from typing import Any, cast

from lambdas.common.aws_api import AwsApi
from lambdas.common.retried_queue import RetriedQueue
from lambdas.starter.logic import PipelineStarts
from lambdas.starter.requests import StartRequest
from lambdas.starter.table import StartTable


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Act on messages of the queue, or on a call: its answer is the execution's ARN, or its error the reason."""
    starts = PipelineStarts(
        pipeline=os.environ["PIPELINE"],
        most_at_once=int(os.environ["MOST_AT_ONCE"]),
        table=StartTable(AwsApi("dynamodb"), os.environ["TABLE"], time.time),
        sagemaker=AwsApi("sagemaker"),
        now=time.time,
    )
    if "Records" not in event:
        request = StartRequest.of_call(event, cast(Any, context).aws_request_id)
        return {"PipelineExecutionArn": starts.begin(request)}
    queue = RetriedQueue(AwsApi("sqs"), os.environ["QUEUE"], os.environ["DEAD_LETTERS"], time.time)
    left = [record["messageId"] for record in event["Records"] if not queue.take(record, starts.begin_told)]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in left]}
