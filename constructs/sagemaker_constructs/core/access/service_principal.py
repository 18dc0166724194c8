"""AWS services as principals, and who may assume a role."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import cast

from aws_cdk import aws_iam as iam


def service_principal(name: str, conditions: Mapping[str, object] | None = None) -> iam.IPrincipal:
    """The service ``name``, such as ``logs.amazonaws.com``.

    The cast is for type checkers: the classes that jsii generates name some parameters differently from the
    protocols they implement.
    """
    return cast(iam.IPrincipal, iam.ServicePrincipal(name, conditions=conditions)) if conditions else _service(name)


@cache
def _service(name: str) -> iam.IPrincipal:
    return cast(iam.IPrincipal, iam.ServicePrincipal(name))


def trust_policy(service: str | Sequence[str], conditions: Mapping[str, object] | None = None) -> dict[str, object]:
    """Who may assume a role: ``service``, or each of several, under ``conditions``."""
    statement: dict[str, object] = {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": service if isinstance(service, str) else list(service)},
        **({"Condition": dict(conditions)} if conditions else {}),
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
