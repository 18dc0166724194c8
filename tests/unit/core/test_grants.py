"""Statements are merged where that changes nothing, and kept apart where it would."""

from typing import Any, cast

import pytest
from aws_cdk import Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from sagemaker_constructs.core.access.grants import Grants, attach, give
from sagemaker_constructs.core.acknowledgement import Findings


def _rights(grants: Grants) -> set[tuple[str, str, str]]:
    """Each action on each resource under each condition."""
    return {
        (action, resource, str(statement.conditions))
        for statement in grants.statements()
        for action in statement.actions
        for resource in statement.resources
    }


def _role(stack: Stack) -> iam.Role:
    return iam.Role(stack, "Role", assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal()))


def test_the_same_actions_share_a_statement() -> None:
    grants = Grants()
    grants.allow("s3:GetObject", on="a")
    grants.allow("s3:GetObject", on=["b", "a"])
    assert [statement.document() for statement in grants.statements()] == [
        {"Action": "s3:GetObject", "Effect": "Allow", "Resource": ["a", "b"]}
    ]


def test_the_same_resources_share_a_statement() -> None:
    grants = Grants()
    grants.allow("kms:Decrypt", on="key")
    grants.allow("kms:GenerateDataKey", "kms:Decrypt", on="key")
    assert grants.document() == {
        "Version": "2012-10-17",
        "Statement": [{"Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Effect": "Allow", "Resource": "key"}],
    }


def test_the_order_of_actions_and_resources_does_not_matter() -> None:
    grants = Grants()
    grants.allow("a:One", "a:Two", on=["x", "y"])
    grants.allow("a:Two", "a:One", on=["y", "x"])
    assert len(grants.statements()) == 1


def test_nothing_is_allowed_that_nobody_allowed() -> None:
    grants = Grants()
    grants.allow("a:One", on="x")
    grants.allow("a:Two", on="y")
    grants.allow("a:One", "a:Two", on="z")
    grants.allow("a:One", on="y", when={"Bool": {"k": "true"}})
    assert _rights(grants) == {
        ("a:One", "x", "{}"),
        ("a:Two", "y", "{}"),
        ("a:One", "z", "{}"),
        ("a:Two", "z", "{}"),
        ("a:One", "y", "{'Bool': {'k': 'true'}}"),
    }


def test_conditions_are_kept_apart() -> None:
    grants = Grants()
    for prefix in ("in/*", "out/*", "in/*"):
        grants.allow("s3:ListBucket", on="bucket", when={"StringLike": {"s3:prefix": [prefix]}})
    grants.allow("s3:ListBucket", on="bucket")
    documents = [statement.document() for statement in grants.statements()]
    assert [document.get("Condition") for document in documents] == [
        {"StringLike": {"s3:prefix": ["in/*"]}},
        {"StringLike": {"s3:prefix": ["out/*"]}},
        None,
    ]


def test_what_others_allow_is_included_with_its_reasons(stack: Stack) -> None:
    others = Grants()
    others.allow("s3:Get*", on="arn:aws:s3:::a/*", because="chosen later")
    grants = Grants()
    assert not grants
    grants.include(others)
    assert grants
    assert _rights(grants) == _rights(others)
    assert _accepted(stack, grants) == {
        "AwsSolutions-IAM5[Action::s3:Get*]": "chosen later",
        "AwsSolutions-IAM5[Resource::arn:aws:s3:::a/*]": "chosen later",
    }


def _accepted(stack: Stack, grants: Grants) -> dict[str, str]:
    findings = Findings(stack)
    grants.accept(findings)
    return findings.reasons()


def test_only_wildcards_need_a_reason(stack: Stack) -> None:
    grants = Grants()
    grants.allow("a:One", "a:All*", on=["x", "y*"], because="so it is")
    grants.allow("a:Two", on="z*")
    assert _accepted(stack, grants) == {
        "AwsSolutions-IAM5[Action::a:All*]": "so it is",
        "AwsSolutions-IAM5[Resource::y*]": "so it is",
    }


def test_given_to_a_role_of_the_user_s_they_keep_their_conditions(stack: Stack) -> None:
    grants = Grants()
    grants.allow("iam:PassRole", on="arn:x", when={"StringEquals": {"iam:PassedToService": "s"}})
    grants.allow("a:One", on="arn:x")
    give(cast(iam.IGrantable, _role(stack)), grants)
    [policy] = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    assert policy["Properties"]["PolicyDocument"]["Statement"] == [
        {
            "Action": "iam:PassRole",
            "Effect": "Allow",
            "Resource": "arn:x",
            "Condition": {"StringEquals": {"iam:PassedToService": "s"}},
        },
        {"Action": "a:One", "Effect": "Allow", "Resource": "arn:x"},
    ]


@pytest.mark.parametrize("principal", [iam.ArnPrincipal("arn:aws:iam::123456789012:user/me"), iam.User])
def test_given_to_whoever_may_be_granted_something(stack: Stack, principal: Any) -> None:
    grants = Grants()
    grants.allow("a:One", on="arn:x/*", because="later")
    give(principal(stack, "Me") if isinstance(principal, type) else principal, grants)
    assert Validations.of(stack)


def test_nothing_needs_no_policy(stack: Stack) -> None:
    assert attach(stack, "Policy", cast(iam.IRole, _role(stack)), Grants()) is None
    Template.from_stack(stack).resource_count_is("AWS::IAM::Policy", 0)
