"""What approval deploys, against services in memory, and with the function killed at each of its calls."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.approval.ledger import Ledger
from lambdas.approval.logic import FollowedApproval
from lambdas.approval.stacks import Stacks

GROUP = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn"
POINTER, STACK, TOPIC = "/platform/approved", "real-time", "arn:aws:sns:us-east-1:123456789012:told"
ONE, TWO, THREE = (f"{GROUP}/{number}" for number in (1, 2, 3))


class Account(ServicesInMemory):
    """DynamoDB, the registry, Parameter Store, CloudFormation and SNS, as far as approval uses them."""

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, dict[str, Any]] = {}
        self.packages: dict[str, dict[str, Any]] = {}
        self.pointer = ""
        self.stack_takes, self.stack_status, self.updating_to = "", "CREATE_COMPLETE", ""
        self.events: list[dict[str, Any]] = []
        self.told: list[str] = []
        self.clock = itertools.count(1)
        self.busy = False
        self.updates: list[str] = []
        self.promotions: list[str] = []
        self.throttled = ""

    def asked(self, operation: str) -> None:
        if operation == self.throttled:
            raise ServiceError("ThrottlingException", "Rate exceeded")

    def get_item(self, Key: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        item = self.items.get(Key["Entry"]["S"])
        return {"Item": dict(item)} if item else {}

    def put_item(self, Item: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.items[Item["Entry"]["S"]] = dict(Item)
        return {}

    def query(self, **_: Any) -> dict[str, Any]:
        moves = sorted((entry for entry in self.items if entry.startswith("move#")), reverse=True)
        return {"Items": [self.items[entry] for entry in moves]}

    def transact_write_items(self, TransactItems: Any) -> dict[str, Any]:  # noqa: N803
        for write in TransactItems:
            ((kind, request),) = write.items()
            entry = (request["Item"] if kind == "Put" else request["Key"])["Entry"]["S"]
            condition, there = request.get("ConditionExpression"), self.items.get(entry)
            wanted = request.get("ExpressionAttributeValues", {}).get(":number")
            if condition and (there and there.get("Number")) != wanted:
                raise ServiceError("TransactionCanceledException", "ConditionalCheckFailed")
        for write in TransactItems:
            ((kind, request),) = write.items()
            if kind == "Put":
                self.put_item(request["Item"])
            else:
                self.items[request["Key"]["Entry"]["S"]]["State"] = request["ExpressionAttributeValues"][":state"]
        return {}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        if ModelPackageName not in self.packages:
            raise ServiceError("ValidationException", f"ModelPackage {ModelPackageName} does not exist.")
        return self.packages[ModelPackageName]

    def update_model_package(self, ModelPackageArn: str, ModelLifeCycle: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        self.promotions.append(ModelPackageArn)
        package = self.packages[ModelPackageArn]
        package |= {"ModelLifeCycle": ModelLifeCycle, "LastModifiedTime": f"{next(self.clock):04d}"}
        return {}

    def put_parameter(self, Name: str, Value: str, Overwrite: bool) -> dict[str, Any]:  # noqa: N803
        assert (Name, Overwrite) == (POINTER, True)
        self.pointer = Value
        return {}

    def get_parameter(self, Name: str) -> dict[str, Any]:  # noqa: N803
        assert Name == POINTER
        return {"Parameter": {"Value": self.pointer}}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        assert StackName == STACK
        parameters = [
            {"ParameterKey": "Approved", "ParameterValue": POINTER, "ResolvedValue": self.stack_takes},
            {"ParameterKey": "BootstrapVersion", "ParameterValue": "/cdk-bootstrap/version", "ResolvedValue": "30"},
        ]
        return {"Stacks": [{"StackStatus": self.stack_status, "Parameters": parameters}]}

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        assert StackName == STACK
        return {"StackEvents": self.events[::-1]}

    def update_stack(self, ClientRequestToken: str, Parameters: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        assert all(each["UsePreviousValue"] for each in Parameters)
        if self.busy or self.stack_status.endswith("_IN_PROGRESS"):
            raise ServiceError("ValidationError", f"Stack {STACK} is in UPDATE_IN_PROGRESS state")
        if self.pointer == self.stack_takes:
            raise ServiceError("ValidationError", "No updates are to be performed.")
        assert self.packages[self.pointer]["ModelApprovalStatus"] == "Approved", "what is deployed is approved"
        self.updating_to, self.stack_status = self.pointer, "UPDATE_IN_PROGRESS"
        self._event(ClientRequestToken, "UPDATE_IN_PROGRESS")
        self.updates.append(self.pointer)
        return {}

    def publish(self, Message: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.told.append(Message)
        return {}

    def _event(self, token: str, status: str, reason: str = "") -> None:
        self.events.append(
            {
                "ClientRequestToken": token,
                "LogicalResourceId": "Endpoint",
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
            }
        )

    def register(self, arn: str, status: str, **members: Any) -> str:
        """A package, or a change of one."""
        self.packages[arn] = {"ModelApprovalStatus": status, "LastModifiedTime": f"{next(self.clock):04d}", **members}
        return arn

    def finish(self, *, well: bool = True) -> str | None:
        """End the update under way; returns the stack's status, or None where nothing was under way."""
        if self.stack_status != "UPDATE_IN_PROGRESS":
            return None
        if well:
            self.stack_takes, self.stack_status = self.updating_to, "UPDATE_COMPLETE"
            return self.stack_status
        self._event(self.events[-1]["ClientRequestToken"], "UPDATE_FAILED", "the alarm Errors fired")
        self.stack_status = "UPDATE_ROLLBACK_COMPLETE"
        return self.stack_status

    @property
    def live(self) -> tuple[str, str]:
        return self.items["live"]["Package"]["S"], self.items["live"]["State"]["S"]

    @property
    def moves(self) -> list[tuple[str, str, str]]:
        moves = [self.items[entry] for entry in sorted(self.items) if entry.startswith("move#")]
        return [(each["Package"]["S"], each["Action"]["S"], each["State"]["S"]) for each in moves]


def deployment(
    account: Account, stage: str = "", later: Sequence[str] = (), promotion: str = "PendingApproval"
) -> FollowedApproval:
    return FollowedApproval(
        ledger=Ledger(account, "table", stage or "approved"),
        stacks=Stacks(account, [STACK], POINTER),
        registry=account,
        parameters=account,
        topics=account,
        pointer=POINTER,
        stage=stage,
        later=later,
        promotion=promotion,
        topic=TOPIC,
    )


@pytest.fixture
def account() -> Account:
    """An account in which version 1 is live."""
    made = Account()
    made.register(ONE, "Approved", CustomerMetadataProperties={"deployed-by-stack": "registry"})
    made.pointer = made.stack_takes = ONE
    deployment(made).package_changed(ONE)
    return made


def deploy(account: Account, arn: str, *, well: bool = True) -> None:
    """Have a package approved and rolled out."""
    deployment(account).package_changed(account.register(arn, "Approved"))
    status = account.finish(well=well)
    if status:
        deployment(account).stack_changed(STACK, status)
        while again := account.finish():
            deployment(account).stack_changed(STACK, again)


def test_what_its_own_stack_deploys_is_not_deployed_again(account: Account) -> None:
    assert account.live == (ONE, "deployed")
    assert account.updates == []


def test_an_approved_package_is_deployed(account: Account) -> None:
    deploy(account, TWO)
    assert account.live == (TWO, "deployed")
    assert (account.pointer, account.stack_takes, account.updates) == (TWO, TWO, [TWO])
    assert account.told == [f"{TWO} is live"]


def test_a_package_that_waits_for_approval_changes_nothing(account: Account) -> None:
    deployment(account).package_changed(account.register(TWO, "PendingManualApproval"))
    deployment(account).package_changed(account.register(TWO, "Rejected"))
    assert account.live == (ONE, "deployed")
    assert account.updates == []


def test_an_older_version_is_deployed_when_it_is_the_one_that_was_approved(account: Account) -> None:
    account.register(TWO, "PendingManualApproval")
    deploy(account, THREE)
    deploy(account, TWO)
    assert account.updates == [THREE, TWO]


def test_events_that_come_twice_or_late_deploy_nothing(account: Account) -> None:
    deployment(account).package_changed(account.register(TWO, "Approved"))
    deployment(account).package_changed(TWO)
    account.register(THREE, "Approved")
    deployment(account).stack_changed(STACK, account.finish() or "")
    deployment(account).stack_changed(STACK, "UPDATE_COMPLETE")
    deployment(account).package_changed(TWO)
    deployment(account).package_changed(THREE)
    deployment(account).stack_changed(STACK, account.finish() or "")
    deployment(account).package_changed(TWO)
    deployment(account).package_changed(ONE)
    assert account.updates == [TWO, THREE]
    assert account.live == (THREE, "deployed")


def test_an_approval_that_is_told_after_a_later_one_moves_nothing(account: Account) -> None:
    early = account.register(TWO, "Approved")
    deploy(account, THREE)
    deployment(account).package_changed(early)
    assert account.updates == [THREE]
    assert account.told[-1] == f"{TWO} was approved before {THREE}, which is live: it is not deployed"


def test_what_changes_beside_the_approval_deploys_nothing(account: Account) -> None:
    deploy(account, TWO)
    deploy(account, THREE)
    account.register(TWO, "Approved", ModelPackageDescription="kept for comparison")
    deployment(account).package_changed(TWO)
    assert account.updates == [TWO, THREE]


def test_a_rejected_package_that_is_live_gives_way_to_the_last_good_one(account: Account) -> None:
    deploy(account, TWO)
    deploy(account, THREE)
    account.register(TWO, "Rejected")
    deployment(account).package_changed(TWO)
    deployment(account).package_changed(account.register(THREE, "Rejected"))
    deployment(account).stack_changed(STACK, account.finish() or "")
    assert account.live == (ONE, "deployed")
    assert account.stack_takes == ONE


def test_the_last_package_stays_live(account: Account) -> None:
    deployment(account).package_changed(account.register(ONE, "Rejected"))
    assert account.live == (ONE, "deployed")
    assert account.told == [f"{ONE} is Rejected, and there is no approved package to return to: it stays live"]


def test_a_rollback_returns_to_the_last_good_one(account: Account) -> None:
    deploy(account, TWO)
    deploy(account, THREE, well=False)
    assert account.live == (TWO, "deployed")
    assert (account.pointer, account.stack_takes) == (TWO, TWO)
    assert account.moves[-2:] == [(THREE, "approved", "failed"), (TWO, "returned", "deployed")]
    assert any("Endpoint: the alarm Errors fired" in said for said in account.told)


def test_a_package_that_was_deleted_meanwhile_is_not_deployed(account: Account) -> None:
    account.busy = True
    with pytest.raises(ServiceError):
        deployment(account).package_changed(account.register(TWO, "Approved"))
    del account.packages[TWO]
    account.busy = False
    deployment(account).package_changed(TWO)
    assert account.live == (ONE, "deployed")
    assert account.updates == []


def test_a_stack_that_others_update_is_waited_for(account: Account) -> None:
    account.busy = True
    with pytest.raises(ServiceError, match="UPDATE_IN_PROGRESS"):
        deployment(account).package_changed(account.register(TWO, "Approved"))
    account.busy = False
    deployment(account).package_changed(TWO)
    deployment(account).stack_changed(STACK, account.finish() or "")
    assert account.live == (TWO, "deployed")
    assert account.updates == [TWO]


def test_a_stage_counts_its_own_approval() -> None:
    account = Account()
    account.stack_takes = account.pointer = account.register(TWO, "PendingManualApproval")
    staged = deployment(account, "Production")
    staged.package_changed(account.register(ONE, "Approved"))
    cycle = {"Stage": "Production", "StageStatus": "PendingApproval"}
    staged.package_changed(account.register(ONE, "Approved", ModelLifeCycle=cycle))
    assert account.updates == []
    staged.package_changed(account.register(ONE, "Approved", ModelLifeCycle={**cycle, "StageStatus": "Approved"}))
    assert account.updates == [ONE]


def test_what_is_live_enters_the_next_stage_once(account: Account) -> None:
    later = ["Staging", "Production"]
    account.register(TWO, "Approved")
    deployment(account, later=later).package_changed(TWO)
    assert account.promotions == []
    deployment(account, later=later).stack_changed(STACK, account.finish() or "")
    assert account.promotions == [TWO]
    assert account.packages[TWO]["ModelLifeCycle"] == {"Stage": "Staging", "StageStatus": "PendingApproval"}
    assert account.told == [f"{TWO} enters the stage Staging: PendingApproval", f"{TWO} is live"]
    # The promotion is an event too, and what happens in later stages changes nothing here.
    for cycle in (
        {"Stage": "Staging", "StageStatus": "Rejected"},
        {"Stage": "Production", "StageStatus": "Approved"},
    ):
        deployment(account, later=later).package_changed(TWO)
        account.register(TWO, "Approved", ModelLifeCycle=cycle)
    deployment(account, later=later).package_changed(TWO)
    assert account.live == (TWO, "deployed")
    assert (account.promotions, account.updates) == ([TWO], [TWO])


def test_what_has_gone_on_stays_live_in_its_stage_and_what_is_sent_back_does_not() -> None:
    account = Account()
    account.register(ONE, "Approved", ModelLifeCycle={"Stage": "Staging", "StageStatus": "Approved"})
    account.pointer = account.stack_takes = ONE
    staging = deployment(account, "Staging", ["Production"], "Approved")
    account.register(TWO, "Approved", ModelLifeCycle={"Stage": "Staging", "StageStatus": "Approved"})
    staging.package_changed(TWO)
    staging.stack_changed(STACK, account.finish() or "")
    assert account.packages[TWO]["ModelLifeCycle"] == {"Stage": "Production", "StageStatus": "Approved"}
    staging.package_changed(TWO)
    assert account.live == (TWO, "deployed")
    account.register(TWO, "Approved", ModelLifeCycle={"Stage": "Staging", "StageStatus": "Rejected"})
    staging.package_changed(TWO)
    staging.stack_changed(STACK, account.finish() or "")
    assert account.live == (ONE, "deployed")
    assert account.moves[-1] == (ONE, "returned", "deployed")
    # What is live again because another one was sent back is not sent on.
    assert account.promotions == [TWO]


def test_what_the_stack_deploys_is_good_in_every_stage(account: Account) -> None:
    production = deployment(account, "Production")
    account.register(TWO, "Approved", ModelLifeCycle={"Stage": "Production", "StageStatus": "Approved"})
    production.package_changed(TWO)
    production.stack_changed(STACK, account.finish() or "")
    account.register(TWO, "Approved", ModelLifeCycle={"Stage": "Staging", "StageStatus": "Rejected"})
    production.package_changed(TWO)
    production.stack_changed(STACK, account.finish() or "")
    assert account.live == (ONE, "deployed")


def _promotion(account: Account) -> Iterator[Callable[[], None]]:
    account.register(TWO, "Approved")
    yield lambda: deployment(account, later=["Production"]).package_changed(TWO)
    yield lambda: deployment(account, later=["Production"]).stack_changed(
        STACK, account.finish() or "UPDATE_COMPLETE"
    )


def _approval(account: Account) -> Iterator[Callable[[], None]]:
    account.register(TWO, "Approved")
    yield lambda: deployment(account).package_changed(TWO)
    yield lambda: deployment(account).stack_changed(STACK, account.finish() or "UPDATE_COMPLETE")


def _rejection(account: Account) -> Iterator[Callable[[], None]]:
    deploy(account, TWO)
    account.register(TWO, "Rejected")
    yield lambda: deployment(account).package_changed(TWO)
    yield lambda: deployment(account).stack_changed(STACK, account.finish() or "UPDATE_COMPLETE")


def _rollback(account: Account) -> Iterator[Callable[[], None]]:
    account.register(TWO, "Approved")
    yield lambda: deployment(account).package_changed(TWO)
    account.finish(well=False)
    yield lambda: deployment(account).stack_changed(STACK, "UPDATE_ROLLBACK_COMPLETE")


@pytest.mark.parametrize(
    ("story", "ends"),
    [(_approval, TWO), (_rejection, ONE), (_rollback, ONE), (_promotion, TWO)],
    ids=["approval", "rejection", "rollback", "promotion"],
)
@pytest.mark.parametrize("after", [False, True], ids=["before-a-call", "after-a-call"])
def test_the_function_may_die_at_every_call(
    story: Callable[[Account], Iterator[Callable[[], None]]], ends: str, after: bool
) -> None:
    deaths = 0
    for calls in range(40):
        world = Account()
        world.register(ONE, "Approved", CustomerMetadataProperties={"deployed-by-stack": "registry"})
        world.pointer = world.stack_takes = ONE
        deployment(world).package_changed(ONE)
        for deliver in story(world):
            world.calls_until_death, world.dies_after_the_call = calls, after
            try:
                deliver()
            except KilledError:
                deaths += 1
                world.calls_until_death = None
                deliver()
            world.calls_until_death = None
        assert world.live == (ends, "deployed"), (calls, world.moves)
        assert (world.pointer, world.stack_takes) == (ends, ends)
        assert len(world.updates) == len(set(world.updates)), "each deployment started once"
        assert world.promotions == ([TWO] if story is _promotion else [])
    assert deaths > 10


@pytest.mark.parametrize(
    "operation",
    [
        "describe_model_package",
        "get_item",
        "transact_write_items",
        "put_parameter",
        "describe_stacks",
        "describe_stack_events",
        "update_stack",
        "publish",
    ],
)
@pytest.mark.parametrize(
    ("story", "ends"),
    [(_approval, TWO), (_rejection, ONE), (_rollback, ONE)],
    ids=["approval", "rejection", "rollback"],
)
def test_throttling_hands_the_event_back_and_loses_nothing(
    account: Account, operation: str, story: Callable[[Account], Iterator[Callable[[], None]]], ends: str
) -> None:
    refused = 0
    for deliver in story(account):
        account.throttled = operation
        for _ in range(3):
            try:
                deliver()
            except ServiceError:
                refused += 1
        account.throttled = ""
        deliver()
    assert refused >= 3
    assert account.live == (ends, "deployed"), account.moves
    assert (account.pointer, account.stack_takes) == (ends, ends)
    assert len(account.updates) == len(set(account.updates))
