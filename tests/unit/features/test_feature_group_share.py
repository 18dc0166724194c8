"""Feature groups for other accounts."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.features import FeatureGroup, FeatureGroupShare, FeatureSchema, OnlineStore

SCHEMA = FeatureSchema("id", "at", {"id": "String", "at": "String"})
OTHER = "210987654321"


def _group(stack: cdk.Stack, name: str = "Cards") -> FeatureGroup:
    return FeatureGroup(stack, name, schema=SCHEMA, online=OnlineStore())


@pytest.mark.parametrize(
    ("access", "permission"),
    [
        ("read", "AWSRAMPermissionSageMakerFeatureGroupReadOnly"),
        ("write", "AWSRAMPermissionSagemakerFeatureGroupReadWrite"),
        ("admin", "AWSRAMPermissionSagemakerFeatureGroupAdmin"),
    ],
)
def test_an_account_gets_one_permission_and_decrypts(stack: cdk.Stack, access: Any, permission: str) -> None:
    FeatureGroupShare(stack, "Share", groups=[_group(stack)], accounts=[OTHER], access=access)
    template = Template.from_stack(stack)
    [share] = template.find_resources("AWS::RAM::ResourceShare").values()
    given = share["Properties"]
    assert given["Principals"] == [OTHER]
    assert given["AllowExternalPrincipals"] is False
    assert str(given["PermissionArns"]).count(f":ram::aws:permission/{permission}") == 1
    assert len(given["ResourceArns"]) == 1
    [statement] = [
        each
        for key in template.find_resources("AWS::KMS::Key").values()
        for each in key["Properties"]["KeyPolicy"]["Statement"]
        if f"iam::{OTHER}:root" in str(each["Principal"])
    ]
    assert statement["Action"] == "kms:Decrypt"


def test_groups_of_one_key_are_one_share(stack: cdk.Stack) -> None:
    groups = [_group(stack), _group(stack, "Loans")]
    FeatureGroupShare(stack, "Share", groups=groups, accounts=[OTHER, "310987654321"], outside_the_organization=True)
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::RAM::ResourceShare", Match.object_like({"AllowExternalPrincipals": True}))
    [share] = template.find_resources("AWS::RAM::ResourceShare").values()
    assert len(share["Properties"]["ResourceArns"]) == 2


def test_all_that_cannot_be_shared_is_said_at_once(stack: cdk.Stack) -> None:
    offline = FeatureGroup(stack, "Offline", schema=SCHEMA)
    with pytest.raises(InvalidInput) as refused:
        FeatureGroupShare(stack, "Share", groups=[offline], accounts=["42"])
    said = str(refused.value)
    assert "accounts[0] must be an account number of 12 digits, got: '42'" in said
    assert "groups[0] has no online store" in said
    with pytest.raises(InvalidInput, match="groups must have at least 1 entry"):
        FeatureGroupShare(stack, "Nothing", groups=[], accounts=[OTHER])
