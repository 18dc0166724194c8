"""Entry point that CloudFormation calls."""

from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import answered
from lambdas.log_retention import logic


def handler(event: dict[str, Any], _context: object) -> None:
    """Keep a log group for the days that the resource names."""
    answered(event, lambda request: logic.keep(request, AwsApi("logs")))
