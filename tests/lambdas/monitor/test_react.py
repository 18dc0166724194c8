"""What is done about drift: once for a window, within a cool-down, to what was live when the window began."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.common.retried_queue import LaterError, RefusedError
from lambdas.react.acts import ReactionServices
from lambdas.react.logic import Reacting
from lambdas.react.table import ReactionTable

GROUP = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/"
LIVE = f"{GROUP}4"
FLOW = "arn:aws:sagemaker:us-east-1:123456789012:flow-definition/drift"


class Account(ServicesInMemory):
    """DynamoDB, SSM, SageMaker and A2I, as far as reactions use them."""

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, dict[str, Any]] = {}
        self.seconds = 1_000_000.0
        self.live, self.since = LIVE, datetime(2026, 11, 20, tzinfo=UTC)
        self.statuses = {f"{GROUP}{number}": "Approved" for number in (2, 3, 4)}
        self.weights = {"Champion": 0.9, "Challenger": 0.1, "Third": 0.3}
        self.status = "InService"
        self.loops: dict[str, Any] = {}
        self.rejected: list[tuple[str, str]] = []
        self.noted: dict[str, Mapping[str, str]] = {}

    def get_item(self, Key: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        item = self.items.get(Key["Entry"]["S"])
        return {"Item": dict(item)} if item else {}

    def put_item(self, Item: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.items[Item["Entry"]["S"]] = dict(Item)
        return {}

    def transact_write_items(self, TransactItems: Any) -> dict[str, Any]:  # noqa: N803
        for write in TransactItems:
            put = write["Put"]
            found = self.items.get(put["Item"]["Entry"]["S"])
            if found and "ConditionExpression" in put:
                values = put["ExpressionAttributeValues"]
                if float(found["Free"]["N"]) > float(values[":now"]["N"]):
                    raise ServiceError("TransactionCanceledException")
        for write in TransactItems:
            self.put_item(write["Put"]["Item"])
        return {}

    def get_parameter(self, Name: str) -> dict[str, Any]:  # noqa: N803
        assert Name == "/platform/live"
        return {"Parameter": {"Value": self.live, "LastModifiedDate": self.since}}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        status = self.statuses[ModelPackageName]
        return {"ModelApprovalStatus": status, "ModelLifeCycle": {"Stage": "Production", "StageStatus": status}}

    def update_model_package(self, ModelPackageArn: str, **change: Any) -> dict[str, Any]:  # noqa: N803
        if "CustomerMetadataProperties" in change:
            self.noted[ModelPackageArn] = change["CustomerMetadataProperties"]
            return {}
        told = change.get("ModelLifeCycle", change)
        self.statuses[ModelPackageArn] = told.get("StageStatus") or told["ModelApprovalStatus"]
        self.rejected.append((ModelPackageArn, told.get("StageDescription") or told["ApprovalDescription"]))
        # What follows approvals has moved the pointer by the time that anybody looks again.
        self.live, self.since = f"{GROUP}3", datetime(2026, 11, 30, 9, tzinfo=UTC)
        return {}

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        assert EndpointName == "churn"
        variants = [{"VariantName": name, "CurrentWeight": weight} for name, weight in self.weights.items()]
        return {"EndpointStatus": self.status, "ProductionVariants": variants}

    def update_endpoint_weights_and_capacities(self, EndpointName: str, DesiredWeightsAndCapacities: Any) -> Any:  # noqa: N803
        assert EndpointName == "churn"
        self.weights = {each["VariantName"]: each["DesiredWeight"] for each in DesiredWeightsAndCapacities}
        return {}

    def start_human_loop(self, HumanLoopName: str, **request: Any) -> dict[str, Any]:  # noqa: N803
        if HumanLoopName in self.loops:
            raise ServiceError("ConflictException")
        self.loops[HumanLoopName] = request
        return {}

    @property
    def lines(self) -> list[tuple[str, str]]:
        return [
            (item["State"]["S"], item["Outcome"]["S"])
            for entry, item in self.items.items()
            if entry.startswith("reaction#")
        ]


@pytest.fixture
def account() -> Account:
    return Account()


def reacting(account: Account) -> Reacting:
    return Reacting(
        ReactionTable(account, "table", lambda: account.seconds), ReactionServices(account, account, account)
    )


BACK: Mapping[str, Any] = {
    "name": "back",
    "kind": "return",
    "coolDown": 7200,
    "settings": {"pointer": "/platform/live"},
}
SHIFT: Mapping[str, Any] = {
    "name": "shift",
    "kind": "shift",
    "coolDown": 7200,
    "settings": {"endpoint": "churn", "to": "Challenger", "percent": 60},
}
ASK: Mapping[str, Any] = {"name": "ask", "kind": "review", "coolDown": 7200, "settings": {"flow": FLOW}}


def event(reaction: Mapping[str, Any], hour: int = 7, **settings: Any) -> str:
    detail = {
        "monitor": "churn-drift",
        "window": {"name": f"20261130{hour:02}", "start": f"2026-11-30T{hour:02}:00:00Z"},
        "confirmed": ["age", "auc"],
        "report": "s3://data/reports",
    }
    told = {**reaction, "settings": {**reaction["settings"], **settings}}
    return json.dumps({"reaction": told, "event": {"detail": detail}})


def test_the_live_version_is_rejected_once_with_the_reason(account: Account) -> None:
    for _ in range(3):
        reacting(account).take(event(BACK))
    assert account.rejected == [(LIVE, "Drift: churn-drift, window 2026113007: age, auc")]
    assert account.statuses[f"{GROUP}3"] == "Approved"
    [(state, outcome)] = account.lines
    assert (state, outcome.split()[0]) == ("done", LIVE)


def test_the_stage_that_counts_is_rejected(account: Account) -> None:
    reacting(account).take(event(BACK, stage="Production"))
    assert account.statuses[LIVE] == "Rejected"


def test_a_version_that_was_not_live_in_the_window_is_left_alone(account: Account) -> None:
    account.since = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)
    reacting(account).take(event(BACK))
    assert account.rejected == []
    assert account.lines == [("skipped", f"{LIVE} was made live after the window had begun")]


def test_a_version_that_people_have_rejected_is_left_alone(account: Account) -> None:
    account.statuses[LIVE] = "Rejected"
    reacting(account).take(event(BACK))
    assert account.lines == [("skipped", f"{LIVE} is not approved any more")]


def test_drift_that_lasts_is_reacted_to_again_after_the_cool_down(account: Account) -> None:
    for hour in (7, 8, 9):
        reacting(account).take(event(SHIFT, hour))
    account.seconds += 7200
    account.weights = {"Champion": 1.0, "Challenger": 0.0, "Third": 0.0}
    reacting(account).take(event(SHIFT, 10))
    assert [state for state, _ in account.lines] == ["done", "skipped", "skipped", "done"]
    assert account.lines[1][1] == "shift has reacted less than 7200 s ago"


def test_traffic_is_shifted_and_the_rest_keeps_its_proportion(account: Account) -> None:
    reacting(account).take(event(SHIFT))
    assert account.weights == pytest.approx({"Champion": 30, "Challenger": 60, "Third": 10})
    [(_, outcome)] = account.lines
    assert outcome == "the weights of churn are Champion 30, Challenger 60, Third 10 from now on"


def test_an_endpoint_that_is_updated_is_waited_for(account: Account) -> None:
    account.status = "Updating"
    with pytest.raises(LaterError, match="churn is Updating") as later:
        reacting(account).take(event(SHIFT))
    assert later.value.seconds == 60
    account.status = "InService"
    reacting(account).take(event(SHIFT, 8))
    assert account.weights["Challenger"] == 60
    reacting(account).take(event(SHIFT))
    assert sorted(state for state, _ in account.lines) == ["done", "skipped"]


def test_two_calls_at_once_act_once(account: Account) -> None:
    """The same event twice, while the first call is in the middle of it."""
    calls = 0
    described = account.describe_endpoint

    def meanwhile(EndpointName: str) -> dict[str, Any]:  # noqa: N803
        nonlocal calls
        calls += 1
        if calls == 1:
            with pytest.raises(LaterError, match="somebody else is about to react"):
                reacting(account).take(event(SHIFT))
        return described(EndpointName)

    account.describe_endpoint = meanwhile
    reacting(account).take(event(SHIFT))
    [(state, outcome)] = account.lines
    assert (state, outcome.endswith("from now on")) == ("done", True)


def test_a_variant_that_is_gone_is_refused_and_holds_up_nothing(account: Account) -> None:
    with pytest.raises(RefusedError, match="no variant Other, only: Champion, Challenger, Third"):
        reacting(account).take(event(SHIFT, to="Other"))
    assert account.lines[0][0] == "refused"
    reacting(account).take(event(SHIFT, 8))
    assert account.lines[1][0] == "done"


def test_people_are_asked_once_a_window(account: Account) -> None:
    reacting(account).take(event(ASK))
    [(name, request)] = account.loops.items()
    assert len(name) <= 63
    assert request["FlowDefinitionArn"] == FLOW
    assert json.loads(request["HumanLoopInput"]["InputContent"])["drift"]["confirmed"] == ["age", "auc"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("reaction", [BACK, SHIFT, ASK])
def test_a_function_that_dies_anywhere_is_followed_by_one_that_does_the_same_once(
    reaction: Mapping[str, Any], *, after: bool
) -> None:
    for calls in range(12):
        account = Account()
        account.calls_until_death, account.dies_after_the_call = calls, after
        for _ in range(2):
            try:
                reacting(account).take(event(reaction))
            except KilledError:
                account.calls_until_death = None
                account.seconds += 91
        account.calls_until_death = None
        reacting(account).take(event(reaction))
        assert [state for state, _ in account.lines] == ["done"], calls
        assert len(account.rejected) == (reaction is BACK), "the version before is not rejected, too"
        assert len(account.loops) == (reaction is ASK)


@pytest.mark.parametrize("body", ["no JSON", "{}", json.dumps({"reaction": dict(BACK), "event": {"detail": {}}})])
def test_what_is_no_event_of_a_monitor_is_refused(account: Account, body: str) -> None:
    with pytest.raises(RefusedError, match="no reaction to a monitor's event"):
        reacting(account).take(body)


CHALLENGER = f"{GROUP}5"
PROMOTE: Mapping[str, Any] = {
    "name": "promote",
    "kind": "promote",
    "coolDown": 7200,
    "settings": {"versions": GROUP, "automatic": True},
}


def recommended(hour: int = 7, package: str = CHALLENGER, **settings: Any) -> str:
    detail = {
        "monitor": "churn-compared",
        "window": {"name": f"20261130{hour:02}", "start": f"2026-11-30T{hour:02}:00:00Z"},
        "says": "the challenger's share of wrong answers is smaller by 3.10 percentage points",
        "challenger": {"variant": "Challenger", "model": "m", "package": package},
        "report": "s3://data/reports/2026/11/30/07",
    }
    told = {**PROMOTE, "settings": {**PROMOTE["settings"], **settings}}
    return json.dumps({"reaction": told, "event": {"detail": detail}})


def test_a_recommended_challenger_is_approved_once_with_the_reason(account: Account) -> None:
    account.statuses[CHALLENGER] = "PendingManualApproval"
    for hour in (7, 7, 8):
        account.seconds += 7300
        reacting(account).take(recommended(hour))
    [(package, because)] = account.rejected
    assert (package, account.statuses[CHALLENGER]) == (CHALLENGER, "Approved")
    assert "Comparison: churn-compared, window 2026113007: the challenger" in because
    assert [state for state, _ in account.lines] == ["done", "skipped"]


def test_the_stage_of_a_challenger_is_approved(account: Account) -> None:
    account.statuses[CHALLENGER] = "PendingApproval"
    reacting(account).take(recommended(stage="Production"))
    assert account.statuses[CHALLENGER] == "Approved"


def test_without_the_switch_a_person_approves_who_finds_the_reason(account: Account) -> None:
    account.statuses[CHALLENGER] = "PendingManualApproval"
    reacting(account).take(recommended(automatic=False))
    assert account.statuses[CHALLENGER] == "PendingManualApproval"
    noted = account.noted[CHALLENGER]
    assert noted["challenger-report"] == "s3://data/reports/2026/11/30/07"
    # SageMaker takes no other signs.
    assert re.fullmatch(r"[\w .:/=+@-]{1,256}", noted["challenger-comparison"])
    assert "smaller by 3.10 percentage points" in noted["challenger-comparison"]


@pytest.mark.parametrize(
    ("status", "package"), [("Rejected", CHALLENGER), ("Approved", CHALLENGER), ("", ""), ("", "arn:other/1")]
)
def test_what_is_decided_or_of_another_group_is_left_alone(account: Account, status: str, package: str) -> None:
    account.statuses[CHALLENGER] = status
    reacting(account).take(recommended(package=package))
    assert ([state for state, _ in account.lines], account.rejected) == (["skipped"], [])


def test_a_function_that_dies_while_somebody_rejects_promotes_nothing(account: Account) -> None:
    account.statuses[CHALLENGER] = "PendingManualApproval"
    # It has found its line, its target and its lock by then.
    account.calls_until_death = 3
    with pytest.raises(KilledError):
        reacting(account).take(recommended())
    account.calls_until_death = None
    account.statuses[CHALLENGER] = "Rejected"
    account.seconds += 91
    reacting(account).take(recommended())
    assert account.lines == [("done", f"{CHALLENGER} was rejected meanwhile")]
