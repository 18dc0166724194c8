"""A budget of a month, with messages before it is used up."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.base_construct import BaseConstruct, location_of
from sagemaker_constructs.core.problems import Problem, in_range, no_more_than, positive, reject, unique

_SERVICE = "budgets.amazonaws.com"
# AWS's pages name five and ten notifications of a budget; five work either way, one of them for the forecast.
_MOST_PERCENTS = 4


class MonthlyBudget(BaseConstruct):
    """A limit in USD for what carries all of ``tags`` in a calendar month, told to ``topic`` before it is passed.

    ``topic`` is told when the real costs reach each of ``percents`` of ``usd``, and when the forecast reaches all of
    it. Both follow the costs by up to a day, and a forecast needs about five weeks of them. It stops nothing.

    AWS counts by a tag only once the account that pays has activated it as a cost allocation tag; until then the
    budget shows 0. What carries no tags, such as data transfer, is never part of it.

    Provisions: ``AWS::Budgets::Budget``, whose name is generated, and the rights of AWS Budgets to publish to
    ``topic`` and to use ``topic_key``, which encrypts it, in their stacks; imported ones keep their policies.
    AWS Budgets takes nothing for budgets without actions.
    Defaults: ``percents`` are 80 and 100.
    Raises ``InvalidInput`` for a limit that is not above 0, for no tags, and for percents that AWS refuses.

    See https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html and
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        usd: float,
        tags: Mapping[str, str],
        topic: sns.ITopic,
        topic_key: kms.IKey | None = None,
        percents: Sequence[int] = (80, 100),
    ) -> None:
        super().__init__(scope, id)
        reject(self, _problems(usd, tags, percents))
        ours = {"aws:SourceAccount": location_of(self).account}
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="BudgetsOfThisAccount",
                principals=[service_principal(_SERVICE)],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": ours},
            )
        )
        if topic_key:
            topic_key.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="BudgetTopics",
                    principals=[service_principal(_SERVICE)],
                    actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                    resources=["*"],  # in a key policy: this key
                    conditions={"StringEquals": ours},
                )
            )
        subscribers = [{"subscriptionType": "SNS", "address": topic.topic_arn}]
        each = [{"tags": {"key": key, "values": [value]}} for key, value in tags.items()]
        budget: Any = {
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "budgetLimit": {"amount": usd, "unit": "USD"},
            "filterExpression": each[0] if len(each) == 1 else {"and": each},
            "metrics": ["UnblendedCost"],
        }
        told: Any = [
            {
                "notification": {
                    "notificationType": kind,
                    "comparisonOperator": "GREATER_THAN",
                    "threshold": percent,
                    "thresholdType": "PERCENTAGE",
                },
                "subscribers": subscribers,
            }
            for kind, percent in [*(("ACTUAL", percent) for percent in percents), ("FORECASTED", 100)]
        ]
        self.budget: budgets.CfnBudget = budgets.CfnBudget(
            self, "Resource", budget=budget, notifications_with_subscribers=told
        )


def _problems(usd: float, tags: Mapping[str, str], percents: Sequence[int]) -> Iterator[Problem | None]:
    yield positive("usd", usd)
    if not tags:
        yield Problem("tags", "must name at least one tag, got: none; without any, the whole account counts")
    yield no_more_than("percents", percents, _MOST_PERCENTS)
    for index, percent in enumerate(percents):
        yield in_range(f"percents[{index}]", percent, 1, 1000)
    yield from unique({f"percents[{index}]": percent for index, percent in enumerate(percents)})
