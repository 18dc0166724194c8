"""Entry point that CloudFormation calls."""

from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import answered
from lambdas.interface_release import logic


def handler(event: dict[str, Any], _context: object) -> None:
    """On Delete, wait until the interfaces are gone; Create and Update have nothing to do."""
    answered(event, lambda request: logic.release(request, AwsApi("ec2")))
