"""Entry point that the schedule, ends of jobs, CloudFormation and people call."""

import os
from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.monitor.logic import Monitoring, answered_call
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
    return answered_call(event, Monitoring(monitor, Runs(monitor, files, AwsApi("sagemaker")), reports))
