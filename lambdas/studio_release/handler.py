"""Entry point that CloudFormation calls."""

from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import answered
from lambdas.studio_release import logic


def handler(event: dict[str, Any], _context: object) -> None:
    """On Delete, empty the domain; Create and Update have nothing to do."""
    answered(event, lambda request: logic.empty(request, AwsApi("sagemaker")))
