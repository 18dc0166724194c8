"""Entry point that the rule and the schedules call."""

import json
import os
import time
from typing import Any, cast

from lambdas.common.aws_api import AwsApi
from lambdas.watch.logic import Services, TrainingWatcher
from lambdas.watch.schedules import LookSchedules
from lambdas.watch.table import WatchTable


def handler(event: dict[str, Any], context: object) -> None:
    """Look at the job of a state change, or of a schedule."""
    watcher = TrainingWatcher(
        name=os.environ["WATCH"],
        rules=json.loads(os.environ["RULES"]),
        services=Services(
            sagemaker=AwsApi("sagemaker"),
            logs=AwsApi("logs"),
            cloudwatch=AwsApi("cloudwatch"),
            s3=AwsApi("s3"),
            sns=AwsApi("sns"),
        ),
        table=WatchTable(AwsApi("dynamodb"), os.environ["TABLE"], time.time),
        schedules=LookSchedules(
            api=AwsApi("scheduler"),
            group=os.environ["SCHEDULES"],
            role=os.environ["SCHEDULES_ROLE"],
            function=cast(Any, context).invoked_function_arn,
            now=time.time,
        ),
        now=time.time,
        stop=os.environ["STOP"] == "yes",
        topic=os.environ.get("TOPIC", ""),
    )
    watcher.look(str(event["job"] if "job" in event else event["detail"]["TrainingJobName"]))
