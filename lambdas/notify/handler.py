"""Entry point that the queue calls."""

import json
import os
import time
from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.retried_queue import RetriedQueue
from lambdas.notify.channels import Channel, Ways
from lambdas.notify.logic import Notifying
from lambdas.notify.table import NewsTable


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Tell everybody of each message; those that have to be tried again stay in the queue."""
    notifying = Notifying(
        channels=[Channel(**each) for each in json.loads(os.environ["CHANNELS"])],
        ways=Ways(AwsApi("secretsmanager"), AwsApi("sns")),
        table=NewsTable(AwsApi("dynamodb"), os.environ["TABLE"], time.time),
    )
    queue = RetriedQueue(AwsApi("sqs"), os.environ["QUEUE"], os.environ["DEAD_LETTERS"], time.time)
    left = [record["messageId"] for record in event["Records"] if not queue.take(record, notifying.take)]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in left]}
