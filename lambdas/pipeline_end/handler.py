"""Entry point that CloudFormation calls."""

from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import answered
from lambdas.pipeline_end import logic


def handler(event: dict[str, Any], _context: object) -> None:
    """Stop what runs of a pipeline that is about to be deleted, and wait for its end."""
    answered(event, lambda request: logic.end_executions(request, AwsApi("sagemaker")))
