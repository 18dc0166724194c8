"""Entry point that the clock, ends of Model Monitor's jobs and CloudFormation call."""

import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import answered
from lambdas.monitor.executions import MonitoringExecutions, WatchedSchedule
from lambdas.monitor.monitor import ReportFiles, S3Place
from lambdas.monitor.telling import Telling


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Tell of executions that have ended since."""
    monitor: dict[str, Any] = json.loads(os.environ["MODEL_MONITOR"])
    reports, cloudwatch, events = S3Place.of(os.environ["REPORTS"]), AwsApi("cloudwatch"), AwsApi("events")
    schedules = [
        WatchedSchedule(name, Telling(name, monitor["endpoint"], cloudwatch, events), reports)
        for name in monitor["schedules"]
    ]
    executions = MonitoringExecutions(schedules, ReportFiles(AwsApi("s3")), AwsApi("sagemaker"))
    if "RequestType" in event:

        def deployed(request: Mapping[str, Any]) -> str:
            if request["RequestType"] != "Delete":
                executions.begin()
            return str(monitor["name"])

        answered(event, deployed)
        return {}
    given = event.get("time")
    at = datetime.fromisoformat(given) if given else datetime.fromtimestamp(time.time(), UTC)
    return {"told": executions.look(at, str(event.get("detail", {}).get("ProcessingJobName", "")))}
