"""Clients of AWS, by the process's own environment and role."""

import os
from functools import cache
from importlib import import_module
from typing import Any


@cache
def aws_client(service: str) -> Any:
    """The client of botocore for a service, made when it is first asked for."""
    session = import_module("botocore.session").get_session()
    # SageMaker names the region in this variable, which botocore does not read.
    return session.create_client(service, region_name=os.environ.get("AWS_REGION"))
