"""Names that are made in Python are those that the CDK makes."""

import aws_cdk as cdk
import pytest
from constructs import Construct

from sagemaker_constructs.core.names import physical_name


def _below(scope: Construct, ids: list[str]) -> Construct:
    for name in ids:
        scope = Construct(scope, name)
    return scope


@pytest.fixture(params=["Plain-Stack", "ml-platform-dev-foundation", None])
def ground(app: cdk.App, request: pytest.FixtureRequest) -> cdk.Stack:
    """A stack inside a stage, with and without a name of its own."""
    return cdk.Stack(cdk.Stage(app, "dev"), "foundation", stack_name=request.param)


@pytest.mark.parametrize(
    "ids",
    [
        [],
        ["Endpoint"],
        ["Very" * 10, "Long" * 9, "Path" * 7],
        ["Default", "X"],
        ["A", "AB", "B"],
        ["Weird_id.x", "Resource"],
        ["-x-", "y"],
        ["a/b", "c"],
    ],
    ids="-".join,
)
@pytest.mark.parametrize("length", [26, 46, 47, 63])
def test_a_name_is_the_one_of_the_cdk(ground: cdk.Stack, ids: list[str], length: int) -> None:
    construct = _below(ground, ids)
    theirs = cdk.Names.unique_resource_name(
        construct, max_length=length, separator="-", allowed_special_characters="-"
    )
    assert physical_name(construct, length) == theirs.lower()
