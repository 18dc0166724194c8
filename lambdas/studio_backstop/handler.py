"""Entry point that the schedule calls."""

import os
import time
from typing import Any

from lambdas.common.aws_api import AwsApi
from lambdas.studio_backstop.logic import Backstop


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Look at the applications of the domain once; the answer says what was found, for those who read logs."""
    backstop = Backstop(
        domain=os.environ["DOMAIN"],
        seconds=int(os.environ["SECONDS"]),
        deletes=os.environ["DELETES"] == "yes",
        sagemaker=AwsApi("sagemaker"),
        cloudwatch=AwsApi("cloudwatch"),
        now=time.time,
    )
    return backstop.look()
