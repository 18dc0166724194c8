"""What widens, statement by statement, and what does not."""

from typing import Any

import pytest

from sagemaker_constructs.plan import report_changes

_LIMIT = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
_READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/train/*"}
_TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}


def _role(*statements: Any, trust: Any = None, apart: Any = (), **properties: Any) -> dict[str, Any]:
    policies = [{"PolicyName": "Own", "PolicyDocument": {"Statement": list(statements)}}] if statements else []
    resources = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Statement": [trust or {**_TRUST, "Condition": _LIMIT}]},
                "Policies": policies,
                **properties,
            },
        }
    }
    if apart:
        resources["Policy"] = {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyDocument": {"Statement": list(apart)}, "Roles": [{"Ref": "Role"}]},
        }
    return {"app": {"Resources": resources}}


def _widened(old: Any, new: Any) -> list[str]:
    return [f"{each.logical_id} {each.kind} {each.message}" for each in report_changes(old, new).widened]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (
            _role({**_READ, "Action": ["s3:GetObject", "s3:PutObject"]}),
            "Role may s3:PutObject on arn:aws:s3:::data/train/*",
        ),
        (_role({**_READ, "Resource": "arn:aws:s3:::data/*"}), "Role may s3:GetObject on arn:aws:s3:::data/*"),
        (_role({**_READ, "Action": "s3:*"}), "Role may s3:* on arn:aws:s3:::data/train/*"),
        (_role(_READ, trust=_TRUST), "Role may be assumed sts:AssumeRole for Service:sagemaker.amazonaws.com"),
        (
            _role(_READ, ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3FullAccess"]),
            "Role may what the managed policy says: on AmazonS3FullAccess",
        ),
        (
            _role(_READ, apart=[{**_READ, "Action": "s3:DeleteObject"}]),
            "Role may s3:DeleteObject on arn:aws:s3:::data/train/*",
        ),
    ],
    ids=["an action", "a resource", "a wildcard", "a condition less", "a managed policy", "a policy apart"],
)
def test_what_is_new_is_said(after: Any, said: str) -> None:
    assert _widened(_role(_READ), after) == [said]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_role(_READ), _role(apart=[_READ])),
        (_role({**_READ, "Action": "s3:*"}), _role({**_READ, "Action": ["s3:GetObject", "s3:PutObject"]})),
        (_role({**_READ, "Resource": "*"}), _role(_READ)),
        (_role(_READ), _role({**_READ, "Condition": _LIMIT})),
        (_role(_READ, _READ), _role(_READ)),
        (_role(_READ), _role()),
    ],
    ids=["it moves", "it is named", "fewer resources", "a condition more", "it stood twice", "it goes"],
)
def test_what_is_no_wider_is_not_said(before: Any, after: Any) -> None:
    assert _widened(before, after) == []


def test_a_refusal_that_goes_widens() -> None:
    deny = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
    assert _widened(_role(_READ, deny), _role(_READ)) == ["Role is no longer refused s3:DeleteObject on *"]


def test_a_boundary_that_goes_widens() -> None:
    limited = _role(_READ, PermissionsBoundary="arn:aws:iam::123456789012:policy/limit")
    assert _widened(limited, _role(_READ)) == [
        "Role is no longer limited permissions boundary on arn:aws:iam::123456789012:policy/limit"
    ]


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"app": {"Resources": {"R": {"Type": kind, "Properties": properties}}}}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            _resource("AWS::KMS::Key", KeyPolicy={"Statement": []}),
            _resource(
                "AWS::KMS::Key", KeyPolicy={"Statement": [{**_READ, "Action": "kms:Decrypt", "Principal": "*"}]}
            ),
            "R lets in kms:Decrypt on arn:aws:s3:::data/train/* for *",
        ),
        (
            _resource("AWS::EC2::SecurityGroup"),
            _resource("AWS::EC2::SecurityGroup", SecurityGroupIngress=[{"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"}]),
            "R lets in -1 all ports for 0.0.0.0/0",
        ),
        (
            _resource("AWS::ApiGateway::Method", AuthorizationType="AWS_IAM"),
            _resource("AWS::ApiGateway::Method", AuthorizationType="NONE"),
            "R lets in execute-api:Invoke for *",
        ),
        (
            _resource("AWS::S3::Bucket", PublicAccessBlockConfiguration={"BlockPublicPolicy": True}),
            _resource("AWS::S3::Bucket", PublicAccessBlockConfiguration={"BlockPublicPolicy": False}),
            "R is no longer limited BlockPublicPolicy",
        ),
    ],
    ids=["a key", "a security group", "an API", "a bucket"],
)
def test_resources_that_let_in_more_are_said(before: Any, after: Any, said: str) -> None:
    assert _widened(before, after) == [said]


def test_a_new_role_is_said_whole() -> None:
    assert len(_widened({"app": {"Resources": {}}}, _role(_READ))) == 2
