"""A budget, deployed, changed and deleted."""

from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_sns as sns

from harness.aws_clients import Clients
from harness.published_stack import deploy, update
from sagemaker_constructs.observability import MonthlyBudget

ACCOUNT = "123456789012"


def _build(usd: float, **arguments: Any) -> Any:
    def build(stack: cdk.Stack) -> None:
        topic = cast(sns.ITopic, sns.Topic(stack, "Topic"))
        MonthlyBudget(stack, "Budget", usd=usd, tags={"platform": "ml"}, topic=topic, **arguments)

    return build


def test_a_budget_is_made_changed_replaced_and_deleted(client: Clients, tmp_path: Path) -> None:
    budgets = client("budgets")

    def limits() -> dict[str, str]:
        found = budgets.describe_budgets(AccountId=ACCOUNT).get("Budgets", [])
        return {each["BudgetName"]: each["BudgetLimit"]["Amount"] for each in found}

    stack = deploy(client, "budgeted", _build(250), context={}, outdir=tmp_path / "one")
    [(name, amount)] = limits().items()
    assert float(amount) == 250
    told = budgets.describe_notifications_for_budget(AccountId=ACCOUNT, BudgetName=name)["Notifications"]
    assert sorted((each["NotificationType"], each["Threshold"]) for each in told) == [
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    assert update(client, stack, _build(300), outdir=tmp_path / "two") == "UPDATE_COMPLETE"
    assert {each: float(usd) for each, usd in limits().items()} == {name: 300}
    # AWS replaces a budget whose notifications change.
    assert update(client, stack, _build(300, percents=[50]), outdir=tmp_path / "three") == "UPDATE_COMPLETE"
    assert len(limits()) == 1
    assert name not in limits()
    assert stack.delete() == "DELETE_COMPLETE"
    assert limits() == {}
