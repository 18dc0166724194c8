"""What the starter starts, against services in memory, and with the function killed at each of its calls."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.common.retried_queue import LaterError, RetriedQueue
from lambdas.starter.logic import PipelineStarts
from lambdas.starter.parameters import checked_parameters
from lambdas.starter.requests import RefusedStartError, StartRequest
from lambdas.starter.table import StartTable

PIPELINE = "churn"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/churn/execution/"
DEFINITION = {
    "Parameters": [
        {"Name": "Rows", "Type": "String", "DefaultValue": "none"},
        {"Name": "Kind", "Type": "String", "DefaultValue": "fast", "EnumValues": ["fast", "good"]},
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 1},
        {"Name": "Share", "Type": "Float", "DefaultValue": 0.5},
        {"Name": "Report", "Type": "Boolean", "DefaultValue": True},
    ]
}
Item = dict[str, Any]


class Account(ServicesInMemory):
    """DynamoDB, SageMaker and SQS, as far as the starter uses them."""

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, Item] = {}
        self.definition: Mapping[str, Any] = DEFINITION
        self.executions: dict[str, dict[str, Any]] = {}
        self.started: list[tuple[str, dict[str, str]]] = []
        self.seconds = 1_000_000.0
        self.throttled = ""
        self.postponed: list[int] = []
        self.dead: list[str] = []
        self.unlisted: set[str] = set()
        self.before: Callable[[str], None] = lambda _: None

    def now(self) -> float:
        return self.seconds

    def asked(self, operation: str) -> None:
        if operation == self.throttled:
            raise ServiceError("ThrottlingException", "Rate exceeded")
        self.before(operation)

    def get_item(self, Key: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        item = self.items.get(Key["Entry"]["S"])
        return {"Item": dict(item)} if item else {}

    def transact_write_items(self, TransactItems: Any) -> dict[str, Any]:  # noqa: N803
        writes = [next(iter(write.items())) for write in TransactItems]
        for kind, request in writes:
            item = self.items.get((request["Item"] if kind == "Put" else request["Key"])["Entry"]["S"], {})
            if not _holds(request, item):
                raise ServiceError("TransactionCanceledException", "[ConditionalCheckFailed]")
        for kind, request in writes:
            entry = (request["Item"] if kind == "Put" else request["Key"])["Entry"]["S"]
            if kind == "Put":
                self.items[entry] = dict(request["Item"])
            elif kind == "Delete":
                self.items.pop(entry, None)
            else:
                self.items[entry] = _updated(request, self.items.get(entry, dict(request["Key"])))
        return {}

    def describe_pipeline(self, PipelineName: str) -> dict[str, Any]:  # noqa: N803
        if not self.definition:
            raise ServiceError("ResourceNotFound", f"Pipeline '{PipelineName}' does not exist.")
        return {"PipelineDefinition": json.dumps(self.definition)}

    def list_pipeline_executions(
        self,
        NextToken: str = "0",  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        """One execution a page."""
        at, listed = int(NextToken), [each for each in self.executions.values() if each["Arn"] not in self.unlisted]
        page = [
            {"PipelineExecutionArn": each["Arn"], "PipelineExecutionStatus": each["Status"]}
            for each in listed[at : at + 1]
        ]
        more = {"NextToken": str(at + 1)} if at + 1 < len(listed) else {}
        return {"PipelineExecutionSummaries": page, **more}

    def start_pipeline_execution(
        self,
        ClientRequestToken: str,  # noqa: N803
        PipelineParameters: Any,  # noqa: N803
        PipelineExecutionDisplayName: str,  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        assert 32 <= len(ClientRequestToken) <= 128
        assert re.fullmatch("[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}", PipelineExecutionDisplayName)
        if ClientRequestToken not in self.executions:
            values = {each["Name"]: each["Value"] for each in PipelineParameters}
            if values.get("Rows") == "refused":
                raise ServiceError("ValidationException", "AWS knows better")
            arn = f"{ARN}{len(self.executions)}"
            self.executions[ClientRequestToken] = {"Arn": arn, "Status": "Executing"}
            self.started.append((arn, values))
        return {"PipelineExecutionArn": self.executions[ClientRequestToken]["Arn"]}

    def change_message_visibility(self, VisibilityTimeout: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        assert 0 <= VisibilityTimeout <= 12 * 3600
        self.postponed.append(VisibilityTimeout)
        return {}

    def send_message(self, MessageAttributes: Any, QueueUrl: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        assert QueueUrl == "dead"
        self.dead.append(MessageAttributes["Reason"]["StringValue"])
        return {}

    def end(self) -> None:
        """Let all executions end."""
        for each in self.executions.values():
            each["Status"] = "Succeeded"


def _holds(request: Item, item: Item) -> bool:
    condition = request.get("ConditionExpression")
    if not condition:
        return True
    names, values = request["ExpressionAttributeNames"], request.get("ExpressionAttributeValues", {})
    if found := re.fullmatch(r"attribute_not_exists\((#\w+)\)", condition):
        return names[found[1]] not in item
    name, value = condition.split(" = ")
    return item.get(names[name]) == values[value]


def _updated(request: Item, item: Item) -> Item:
    names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
    sets, _, removes = request["UpdateExpression"].partition("REMOVE ")
    for each in filter(None, sets.removeprefix("SET ").strip().split(", ")):
        name, value = each.split(" = ")
        item = {**item, names[name]: values[value]}
    return {name: value for name, value in item.items() if name != names.get(removes)}


def starts(account: Account, most: int = 10) -> PipelineStarts:
    return PipelineStarts(PIPELINE, most, StartTable(account, "table", account.now), account, account.now)


def asked(key: str, *, cool_down: int = 0, time: str = "", **parameters: str) -> StartRequest:
    return StartRequest("rows", (key,), time or key, parameters, cool_down)


@pytest.fixture
def account() -> Account:
    return Account()


def test_an_event_starts_the_pipeline_once_with_its_values(account: Account) -> None:
    first = starts(account).begin(asked("a", Rows="s3://rows/a", Rounds="20"))
    again = starts(account).begin(asked("a", Rows="s3://rows/a", Rounds="20"))
    other = starts(account).begin(asked("b"))
    assert (first, again, other) == (f"{ARN}0", f"{ARN}0", f"{ARN}1")
    assert account.started == [(f"{ARN}0", {"Rows": "s3://rows/a", "Rounds": "20"}), (f"{ARN}1", {})]


def test_two_triggers_are_two_starts(account: Account) -> None:
    starts(account).begin(asked("a"))
    starts(account).begin(StartRequest("nightly", ("a",), "a", {}))
    assert len(account.started) == 2


def test_what_was_started_is_forgotten_after_thirty_days(account: Account) -> None:
    token = asked("a").token
    starts(account).begin(asked("a"))
    assert account.items[f"start#{token}"]["Expires"]["N"] == str(int(account.seconds) + 30 * 24 * 3600)
    assert "Expires" not in account.items["gate"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"Row": "x"}, "the pipeline has no parameter Row, only: Kind, Report, Rounds, Rows, Share"),
        ({"Rounds": "many"}, "Rounds is of the type Integer, got: 'many'"),
        ({"Rounds": "1.5"}, "Rounds is of the type Integer, got: '1.5'"),
        ({"Share": "half"}, "Share is of the type Float, got: 'half'"),
        ({"Share": "nan"}, "Share is of the type Float, got: 'nan'"),
        ({"Report": "yes"}, "Report is of the type Boolean, got: 'yes'"),
        ({"Kind": "slow"}, "Kind must be one of fast, good, got: 'slow'"),
        ({"Rows": "x" * 1025}, "Rows has 1025 characters, at most 1024 are allowed"),
    ],
)
def test_what_the_definition_does_not_allow_is_refused(account: Account, given: dict[str, str], reason: str) -> None:
    with pytest.raises(RefusedStartError, match=re.escape(reason)):
        starts(account).begin(StartRequest("rows", ("a",), "a", given))
    assert account.items == {}
    assert account.started == []


def test_every_problem_is_told_at_once() -> None:
    definition = json.dumps({"Parameters": [{"Name": "Rows", "Type": "String"}]})
    with pytest.raises(RefusedStartError, match=r"no parameter Kind.*; Rows has no default, and no value was given"):
        checked_parameters(definition, {"Kind": "fast"})
    assert checked_parameters("{}", {}) == []


def test_a_pipeline_that_is_gone_is_refused(account: Account) -> None:
    account.definition = {}
    with pytest.raises(RefusedStartError, match="does not exist"):
        starts(account).begin(asked("a"))


def test_what_aws_refuses_is_refused_and_may_come_again(account: Account) -> None:
    for _ in range(2):
        with pytest.raises(RefusedStartError, match="AWS knows better"):
            starts(account).begin(asked("a", Rows="refused"))
    assert "Starting" not in account.items["gate"]
    assert starts(account).begin(asked("a", Rows="right")) == f"{ARN}0"


def test_no_more_run_at_once_than_may(account: Account) -> None:
    limited = starts(account, 2)
    limited.begin(asked("a"))
    limited.begin(asked("b"))
    with pytest.raises(LaterError, match="2 of at most 2 executions are running"):
        limited.begin(asked("c"))
    account.end()
    assert limited.begin(asked("c")) == f"{ARN}2"


def test_an_execution_counts_that_is_not_listed_yet(account: Account) -> None:
    limited = starts(account, 1)
    account.unlisted.add(limited.begin(asked("a")) or "")
    with pytest.raises(LaterError):
        limited.begin(asked("b"))
    account.seconds += 301
    limited.begin(asked("b"))


def test_within_the_cool_down_the_latest_event_waits_for_all(account: Account) -> None:
    day = starts(account)
    assert day.begin(asked("a", cool_down=600)) == f"{ARN}0"
    account.seconds += 100
    with pytest.raises(LaterError) as waits:
        day.begin(asked("b", cool_down=600, Rows="b"))
    assert waits.value.seconds == 501
    with pytest.raises(LaterError):
        day.begin(asked("d", cool_down=600, Rows="d"))
    assert day.begin(asked("b", cool_down=600, Rows="b")) is None
    assert day.begin(asked("c", cool_down=600, Rows="c")) is None, "it comes late, and d waits already"
    account.seconds += 501
    assert day.begin(asked("d", cool_down=600, Rows="d")) == f"{ARN}1"
    assert day.begin(asked("c", cool_down=600, Rows="c")) is None
    assert [values for _, values in account.started] == [{}, {"Rows": "d"}]


def test_an_event_that_waits_for_nobody_starts_the_pipeline_though_it_is_older(account: Account) -> None:
    day = starts(account)
    day.begin(asked("b", cool_down=600))
    account.seconds += 600
    assert day.begin(asked("a", cool_down=600)) == f"{ARN}1"


def test_a_start_in_between_lets_the_other_one_wait(account: Account) -> None:
    def rival(operation: str) -> None:
        if operation == "transact_write_items":
            account.before = lambda _: None
            starts(account, 1).begin(asked("rival"))

    account.before = rival
    with pytest.raises(LaterError, match="in between"):
        starts(account, 1).begin(asked("a"))
    with pytest.raises(LaterError, match="1 of at most 1"):
        starts(account, 1).begin(asked("a"))
    assert len(account.started) == 1


@pytest.mark.parametrize("cool_down", [0, 600])
@pytest.mark.parametrize("rival", [False, True], ids=["alone", "with-a-rival"])
@pytest.mark.parametrize("after", [False, True], ids=["before-a-call", "after-a-call"])
def test_the_function_may_die_at_every_call(cool_down: int, rival: bool, after: bool) -> None:
    deaths = 0
    for calls in range(30):
        world = Account()
        first, second = asked("a", cool_down=cool_down), asked("b", Rows="b", cool_down=cool_down)
        starts(world).begin(first)
        world.seconds += 1000
        world.calls_until_death, world.dies_after_the_call = calls, after
        try:
            starts(world).begin(second)
        except KilledError:
            deaths += 1
        world.calls_until_death = None
        other = StartRequest("nightly", ("night",), "n", {})
        if rival:
            starts(world).begin(other)
        arn = starts(world).begin(second)
        assert starts(world).begin(second) == arn, "an event that comes twice"
        assert starts(world).begin(first) == f"{ARN}0", "and one that comes late"
        assert [values for _, values in world.started].count({"Rows": "b"}) == 1, calls
        assert len(world.started) == 2 + rival
        assert "Starting" not in world.items["gate"]
        assert world.items[f"start#{second.token}"]["Arn"]["S"] == arn
    assert deaths > 5


def test_what_waits_may_die_at_every_call() -> None:
    for calls in range(30):
        world = Account()
        events = [asked(key, Rows=key, cool_down=600) for key in "abc"]
        starts(world).begin(events[0])
        for event in events[1:]:
            world.calls_until_death = calls
            with pytest.raises((KilledError, LaterError)):
                starts(world).begin(event)
            world.calls_until_death = None
        ends: list[str | None] = []
        for _ in range(2):
            for event in events[1:]:
                try:
                    ends.append(starts(world).begin(event))
                except LaterError as later:
                    world.seconds += later.seconds
        assert [values["Rows"] for _, values in world.started] == ["a", "c"], calls
        assert set(ends) == {None, f"{ARN}1"}


@pytest.mark.parametrize(
    "operation",
    ["get_item", "transact_write_items", "describe_pipeline", "list_pipeline_executions", "start_pipeline_execution"],
)
def test_throttling_loses_nothing(account: Account, operation: str) -> None:
    queue = RetriedQueue(account, "queue", "dead", account.now)
    account.throttled = operation
    for _ in range(3):
        assert not queue.take(message(), starts(account).begin_told)
    account.throttled = ""
    assert queue.take(message(), starts(account).begin_told)
    assert (len(account.started), account.dead) == (1, [])


def test_a_call_that_was_killed_is_not_carried_out_by_whoever_comes_hours_later(account: Account) -> None:
    by_hand = StartRequest.of_call({"key": "a"}, "request")
    account.throttled = "start_pipeline_execution"
    with pytest.raises(ServiceError):
        starts(account).begin(by_hand)
    account.throttled = ""
    account.seconds += 3601
    starts(account).begin(asked("b"))
    assert len(account.started) == 1
    assert starts(account).begin(by_hand) == f"{ARN}1", "whoever calls again is heard"


def test_a_start_that_nobody_can_make_holds_up_nobody(account: Account) -> None:
    account.throttled = "start_pipeline_execution"
    with pytest.raises(ServiceError):
        starts(account).begin(asked("a", Rows="refused"))
    account.throttled = ""
    assert starts(account).begin(asked("b")) == f"{ARN}0"


def message(*, receives: int = 1, age: float = 0, **trigger: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"name": "rows", "identity": ["detail.object.key"], "parameters": {}, **trigger}
    event = {"time": "2026-11-29T00:00:00Z", "detail": {"object": {"key": "rows/a.csv"}}}
    return {
        "messageId": "m",
        "receiptHandle": "r",
        "body": json.dumps({"trigger": told, "event": event}),
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": str(int((1_000_000 - age) * 1000)),
        },
    }


def test_pauses_grow_and_end_after_four_days(account: Account) -> None:
    queue = RetriedQueue(account, "queue", "dead", account.now)
    starts(account, 1).begin(asked("a"))
    for receives in (1, 2, 7, 300):
        assert not queue.take(message(receives=receives), starts(account, 1).begin_told)
    assert account.postponed == [10, 20, 640, 900]
    assert queue.take(message(age=4 * 24 * 3600), starts(account, 1).begin_told)
    assert account.dead == ["Given up after four days: 1 of at most 1 executions are running"]


def test_a_refusal_is_kept_with_its_reason(account: Account) -> None:
    queue = RetriedQueue(account, "queue", "dead", account.now)
    assert queue.take(message(parameters={"Row": "x"}), starts(account).begin_told)
    assert queue.take({**message(), "body": "{}"}, starts(account).begin_told)
    assert "no parameter Row" in account.dead[0]
    assert "The message is none of a trigger" in account.dead[1]
    assert account.postponed == []


EVENT = {
    "time": "2026-11-29T00:00:00Z",
    "detail": {"bucket": {"name": "data"}, "object": {"key": 'rows/"a".csv', "etag": "e", "size": 3}, "new": True},
}


def request(identity: list[str], parameters: Mapping[str, Any]) -> StartRequest:
    trigger = {"name": "rows", "identity": identity, "parameters": parameters, "coolDown": 60}
    return StartRequest.of_message(json.dumps({"trigger": trigger, "event": EVENT}))


def test_a_message_is_read_with_the_fields_of_its_event() -> None:
    read = request(
        ["detail.object.key", "detail.object.version-id|detail.object.etag", "detail.object.none|"],
        {
            "Rows": {"event": "s3://{detail.bucket.name}/{detail.object.key}"},
            "Size": {"event": "{detail.object.size}"},
        },
    )
    assert read.identity == ('rows/"a".csv', "e", "")
    assert read.parameters == {"Rows": 's3://data/rows/"a".csv', "Size": "3"}
    assert (read.time, read.cool_down) == ("2026-11-29T00:00:00Z", 60)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("detail.object.sequencer", "The event has no detail.object.sequencer"), ("detail.object", "must be text")],
)
def test_a_field_that_the_event_does_not_have_is_refused(path: str, reason: str) -> None:
    with pytest.raises(RefusedStartError, match=reason):
        request([path], {})
    with pytest.raises(RefusedStartError, match=reason):
        request(["detail.new"], {"Rows": {"event": f"{{{path}}}"}})


def test_a_call_gives_values_and_what_tells_it_from_others() -> None:
    payload = {"parameters": {"Rounds": 3, "Report": False}, "key": "mine"}
    one, same = StartRequest.of_call(payload, "call-1"), StartRequest.of_call(payload, "call-2")
    assert one.parameters == {"Rounds": "3", "Report": "false"}
    assert one.token == same.token
    assert StartRequest.of_call({}, "call-1").token != StartRequest.of_call({}, "call-2").token


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"params": {}}, "Unknown members: params; a call has parameters and key"),
        ({"parameters": []}, "parameters must be an object"),
        ({"parameters": {"Rows": None}}, "Rows must be text"),
    ],
)
def test_a_call_that_is_none_is_refused(payload: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(RefusedStartError, match=reason):
        StartRequest.of_call(payload, "call")
