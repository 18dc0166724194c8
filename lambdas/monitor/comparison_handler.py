"""Entry point that the schedule, ends of jobs, CloudFormation and people call for a comparison of two variants."""

import json
import os
from collections.abc import Mapping
from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.monitor.comparison import ComparedVariants
from lambdas.monitor.comparison_reports import ComparisonReports
from lambdas.monitor.logic import Monitoring, answered_call
from lambdas.monitor.monitor import Monitor, ReportFiles
from lambdas.monitor.runs import Runs
from lambdas.monitor.telling import Telling


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Start what is due, or tell what came of a job."""
    return answered_call(event, _comparison(os.environ))


def _comparison(variables: Mapping[str, str]) -> Monitoring:
    """The comparison of a function's variables."""
    monitor, files = Monitor.of(variables), ReportFiles(AwsApi("s3"))
    sagemaker, cloudwatch = AwsApi("sagemaker"), AwsApi("cloudwatch")
    variants = ComparedVariants(monitor, json.loads(variables["VARIANTS"]), files, sagemaker, cloudwatch)
    telling = Telling(monitor.name, monitor.endpoint, cloudwatch, AwsApi("events"))
    # What a job cannot see is left for it just before it is started.
    runs = Runs(monitor, files, sagemaker, variants.describe)
    return Monitoring(monitor, runs, ComparisonReports(monitor, files, telling))
