"""Entry point that CloudFormation calls."""

from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import answered
from lambdas.feature_metadata import logic


def handler(event: dict[str, Any], _context: object) -> None:
    """On Create and Update, write descriptions and parameters; a deletion leaves them, as it may leave the group."""
    answered(event, lambda request: logic.write(request, AwsApi("sagemaker")))
