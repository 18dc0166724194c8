"""AWS services as principals."""

from collections.abc import Mapping
from typing import cast

from aws_cdk import aws_iam as iam


def service_principal(name: str, conditions: Mapping[str, object] | None = None) -> iam.IPrincipal:
    """The service ``name``, such as ``logs.amazonaws.com``.

    The cast is for type checkers: the classes that jsii generates name some parameters differently from the
    protocols they implement.
    """
    return cast(iam.IPrincipal, iam.ServicePrincipal(name, conditions=conditions))
