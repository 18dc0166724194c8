from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.serving.front_door.front_door_firewall import FrontDoorFirewall


def _rules(stack: Stack) -> dict[str, dict[str, Any]]:
    [acl] = Template.from_stack(stack).find_resources("AWS::WAFv2::WebACL").values()
    return {rule["Name"]: rule for rule in acl["Properties"]["Rules"]}


def test_it_blocks_what_aws_knows_and_too_many_requests(stack: Stack, key: kms.IKey) -> None:
    FrontDoorFirewall(stack, "Firewall", encryption_key=key)
    rules = _rules(stack)
    assert [rule["Priority"] for rule in rules.values()] == [0, 1, 2, 3]
    limit = rules["RequestsPerAddress"]
    assert limit["Action"] == {"Block": {}}
    assert limit["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 300,
        "Limit": 3000,
    }


def test_large_bodies_pass(stack: Stack, key: kms.IKey) -> None:
    FrontDoorFirewall(stack, "Firewall", encryption_key=key)
    common = _rules(stack)["AWSManagedRulesCommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    assert common["RuleActionOverrides"] == [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]


def test_its_log_goes_to_a_group_that_waf_accepts_without_secrets(stack: Stack, key: kms.IKey) -> None:
    FrontDoorFirewall(stack, "Firewall", encryption_key=key)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Logs::LogGroup",
        {"LogGroupName": Match.string_like_regexp("^aws-waf-logs-"), "KmsKeyId": Match.any_value()},
    )
    template.has_resource_properties(
        "AWS::WAFv2::LoggingConfiguration",
        {"RedactedFields": [{"SingleHeader": {"Name": name}} for name in ("authorization", "x-api-key")]},
    )


@pytest.mark.parametrize("limit", [10, 2_000_000_000])
def test_limits_that_waf_takes(stack: Stack, key: kms.IKey, limit: int) -> None:
    FrontDoorFirewall(stack, "Firewall", encryption_key=key, requests_per_5_minutes=limit)
    assert _rules(stack)["RequestsPerAddress"]["Statement"]["RateBasedStatement"]["Limit"] == limit


@pytest.mark.parametrize("limit", [9, 2_000_000_001])
def test_limits_that_waf_refuses(stack: Stack, key: kms.IKey, limit: int) -> None:
    with pytest.raises(InvalidInput, match=r"requests_per_5_minutes must be between 10 and 2000000000, got: "):
        FrontDoorFirewall(stack, "Firewall", encryption_key=key, requests_per_5_minutes=limit)
