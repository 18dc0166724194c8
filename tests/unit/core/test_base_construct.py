"""Path and stack of a construct, known in Python, are those that the CDK says."""

import pytest
from aws_cdk import App, Aws, Environment, Stack, Stage
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct, location_of, singleton
from sagemaker_constructs.core.places import child_path, path_of
from sagemaker_constructs.core.problems import InvalidInput


@pytest.mark.parametrize("id", ["Plain", "with/slash", "a/b/c", "--", "dots.and-more", "Grün"])
def test_the_path_is_the_node_s(stack: Stack, id: str) -> None:  # noqa: A002
    outer = BaseConstruct(stack, id)
    inner = BaseConstruct(outer, id)
    for construct in (outer, inner):
        assert construct.path == construct.node.path == path_of(construct)
    assert child_path(outer, "x/y") == Construct(outer, "x/y").node.path


def test_the_path_leads_through_stages_and_other_constructs(app: App) -> None:
    stage = Stage(app, "dev", env=Environment(account="123456789012", region="eu-central-1"))
    stack = Stack(stage, "serving", stack_name="other-name")
    construct = BaseConstruct(Construct(stack, "Plain"), "Own")
    assert construct.path == construct.node.path == "dev/serving/Plain/Own"
    assert construct.location.stack is stack
    assert child_path(app, "top") == "top"


def test_a_stack_with_an_environment_says_it_and_leaves_the_partition_open(app: App) -> None:
    stack = Stack(app, "Known", env=Environment(account="123456789012", region="eu-central-1"))
    location = BaseConstruct(stack, "Own").location
    assert (location.account, location.region) == ("123456789012", "eu-central-1")
    arn = location.arn("sagemaker", "endpoint", name="churn")
    assert arn == f"arn:{Aws.PARTITION}:sagemaker:eu-central-1:123456789012:endpoint/churn"
    group = location.arn("logs", "log-group", separator=":", name="/aws/x")
    assert group == f"arn:{Aws.PARTITION}:logs:eu-central-1:123456789012:log-group:/aws/x"
    assert location.arn("sagemaker", "*").endswith(":123456789012:*")


def test_a_stack_without_an_environment_has_pseudo_parameters(app: App) -> None:
    stack = Stack(app, "Anywhere")
    arn = stack.resolve(location_of(stack).arn("sagemaker", "endpoint", name="churn"))
    assert arn["Fn::Join"][1][1::2] == [{"Ref": f"AWS::{name}"} for name in ("Partition", "Region", "AccountId")]


def test_a_location_is_read_once_for_each_stack(app: App, stack: Stack) -> None:
    other = Stack(app, "Other")
    own = BaseConstruct(stack, "Own")
    assert own.location is location_of(stack) is location_of(Construct(own, "Below"))
    assert BaseConstruct(other, "Own").location is location_of(other)
    assert location_of(other).stack is other


def test_a_stack_within_a_stack_is_a_place_of_its_own(stack: Stack) -> None:
    inner = Stack(stack, "Inner")
    assert BaseConstruct(inner, "Own").location.stack is inner
    assert BaseConstruct(inner, "Second").path == "Stack/Inner/Second"


def test_a_singleton_is_made_once_per_stack(app: App, stack: Stack) -> None:
    other = Stack(app, "Other")
    first = singleton(BaseConstruct(stack, "Deep"), "Only", BaseConstruct)
    assert singleton(stack, "Only", BaseConstruct) is first
    assert first.node.path == "Stack/Only"
    assert singleton(other, "Only", BaseConstruct) is not first


def test_a_region_that_does_not_exist_is_refused_with_the_nearest(app: App) -> None:
    stack = Stack(app, "Misspelled", env=Environment(region="us-esat-1"))
    with pytest.raises(InvalidInput) as refused:
        BaseConstruct(stack, "Own")
    assert str(refused.value) == (
        "Misspelled: env.region must be a known value, got: 'us-esat-1'; "
        "did you mean us-east-1 or us-east-2 or us-west-1?"
    )
