"""Entry point that the queue calls."""

import os
import time
from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.retried_queue import RetriedQueue
from lambdas.react.acts import ReactionServices
from lambdas.react.logic import Reacting
from lambdas.react.table import ReactionTable


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """React to each message; those that have to be tried again stay in the queue."""
    services = ReactionServices(*(AwsApi(each) for each in ("sagemaker", "ssm", "sagemaker-a2i-runtime")))
    reacting = Reacting(ReactionTable(AwsApi("dynamodb"), os.environ["TABLE"], time.time), services)
    queue = RetriedQueue(AwsApi("sqs"), os.environ["QUEUE"], os.environ["DEAD_LETTERS"], time.time)
    left = [record["messageId"] for record in event["Records"] if not queue.take(record, reacting.take)]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in left]}
