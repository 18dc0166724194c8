"""Entry point that CloudFormation calls."""

from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import answered
from lambdas.definition import logic


def handler(event: dict[str, Any], _context: object) -> None:
    """Write a definition, or delete one that no pipeline has any more."""
    answered(event, lambda request: logic.store(request, AwsApi("s3")))
