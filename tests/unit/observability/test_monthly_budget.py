from collections.abc import Mapping
from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.observability.monthly_budget import MonthlyBudget

TAGS = {"platform": "ml", "environment": "dev"}


def _budget(
    stack: Stack, *, usd: float = 250, tags: Mapping[str, str] = TAGS, topic: sns.ITopic | None = None, **more: Any
) -> MonthlyBudget:
    told = topic or cast(sns.ITopic, sns.Topic(stack, "Topic"))
    return MonthlyBudget(stack, "Budget", usd=usd, tags=tags, topic=told, **more)


def test_defaults(stack: Stack) -> None:
    _budget(stack)
    [budget] = Template.from_stack(stack).find_resources("AWS::Budgets::Budget").values()
    data = budget["Properties"]["Budget"]
    assert "BudgetName" not in data
    assert (data["BudgetLimit"], data["TimeUnit"]) == ({"Amount": 250, "Unit": "USD"}, "MONTHLY")
    counted = [each["Tags"] for each in data["FilterExpression"]["And"]]
    assert counted == [{"Key": "platform", "Values": ["ml"]}, {"Key": "environment", "Values": ["dev"]}]
    told = budget["Properties"]["NotificationsWithSubscribers"]
    kinds = [(each["Notification"]["NotificationType"], each["Notification"]["Threshold"]) for each in told]
    assert kinds == [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    assert all(each["Subscribers"][0]["SubscriptionType"] == "SNS" for each in told)


def test_the_service_may_publish_and_use_the_key(stack: Stack) -> None:
    key = cast(kms.IKey, kms.Key(stack, "Key"))
    _budget(stack, topic=cast(sns.ITopic, sns.Topic(stack, "Encrypted", master_key=key)), topic_key=key)
    template = Template.from_stack(stack)
    by_budgets = {
        "Principal": {"Service": "budgets.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": Match.any_value()}},
    }
    published = Match.object_like({"Action": "sns:Publish", **by_budgets})
    used = Match.object_like({"Action": ["kms:Decrypt", "kms:GenerateDataKey*"], **by_budgets})
    template.has_resource_properties(
        "AWS::SNS::TopicPolicy", {"PolicyDocument": {"Statement": Match.array_with([published])}}
    )
    template.has_resource_properties("AWS::KMS::Key", {"KeyPolicy": {"Statement": Match.array_with([used])}})


def test_one_tag_needs_no_and(stack: Stack) -> None:
    _budget(stack, tags={"team": "risk"}, percents=[50])
    Template.from_stack(stack).has_resource_properties(
        "AWS::Budgets::Budget", {"Budget": {"FilterExpression": {"Tags": {"Key": "team", "Values": ["risk"]}}}}
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"usd": 0}, "usd must be greater than 0, got: 0"),
        ({"tags": {}}, "tags must name at least one tag, got: none"),
        ({"percents": [10, 20, 30, 40, 50]}, "percents may hold at most 4 entries, got: 5"),
        ({"percents": [0]}, "percents[0] must be between 1 and 1000, got: 0"),
        ({"percents": [80, 80]}, "percents[1] must be unique, got twice: 80"),
    ],
)
def test_what_is_refused(stack: Stack, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _budget(stack, **arguments)
    assert str(refused.value).startswith(f"Stack/Budget: {said}")
