"""Entry points: a workflow that CloudFormation has no type for, and what is called instead of an endpoint."""

import logging
import os
from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.common.custom_resource import accept, refuse
from lambdas.review.flows import deploy_flow
from lambdas.review.reviews import Reviewing, ask

logger = logging.getLogger()


def flow(event: dict[str, Any], _context: object) -> None:
    """Make the human review workflow that is asked for, or delete it."""
    try:
        name, arn = deploy_flow(event, AwsApi("sagemaker"))
    except Exception as error:
        logger.exception("%s of %s failed", event["RequestType"], event["LogicalResourceId"])
        refuse(event, error)
    else:
        accept(event, name, {"Arn": arn})


def review(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Ask the endpoint, and people where it is not sure."""
    apis = (AwsApi(each) for each in ("sagemaker-runtime", "s3", "sagemaker-a2i-runtime"))
    return ask(event, Reviewing.of(os.environ), *apis)
