"""Entry point that the schedule, ends of jobs, CloudFormation and people call."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import answered
from lambdas.monitor.logic import DriftMonitoring
from lambdas.monitor.monitor import Monitor, ReportFiles
from lambdas.monitor.reports import Reports
from lambdas.monitor.runs import Runs
from lambdas.monitor.telling import Telling


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Start what is due, or tell what came of a job."""
    monitor = Monitor.of(os.environ)
    files = ReportFiles(AwsApi("s3"))
    telling = Telling(monitor.name, monitor.endpoint, AwsApi("cloudwatch"), AwsApi("events"))
    reports = Reports(monitor, files, telling)
    monitoring = DriftMonitoring(monitor, Runs(monitor, files, AwsApi("sagemaker")), reports)
    if "RequestType" in event:
        answered(event, monitoring.deployed)
        return {}
    if "detail-type" in event and "ProcessingJobName" in event["detail"]:
        monitoring.job_ended(event["detail"], _moment(event))
        return {}
    return monitoring.due(_moment(event))


def _moment(event: Mapping[str, Any]) -> datetime:
    """The time that the event names; now, if a person calls without one."""
    given = event.get("time")
    return datetime.fromisoformat(given) if given else datetime.fromtimestamp(time.time(), UTC)
