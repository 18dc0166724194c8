"""Entry point that CloudFormation calls."""

import os
from pathlib import Path
from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import answered
from lambdas.pipeline_alias import logic

# The boto3 of Lambda's runtime may be older than aliases: what they add to its model of the API is laid over it.
os.environ["AWS_DATA_PATH"] = str(Path(__file__).with_name("models"))


def handler(event: dict[str, Any], _context: object) -> None:
    """Let an alias name the newest version of a pipeline."""
    answered(event, lambda request: logic.point(request, AwsApi("sagemaker")))
