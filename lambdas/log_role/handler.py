"""Entry point that CloudFormation calls."""

from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import answered
from lambdas.log_role import logic


def handler(event: dict[str, Any], _context: object) -> None:
    """Give API Gateway a role for its logs where it has none."""
    answered(event, lambda request: logic.offer(request, AwsApi("apigateway")))
