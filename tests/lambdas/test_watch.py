"""What a watch finds, stops and tells, against services in memory, and with the function killed at each call."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.watch.logic import TAG, Services, TrainingWatcher
from lambdas.watch.metric_patterns import metric_patterns
from lambdas.watch.rules import Rule, findings
from lambdas.watch.schedules import LookSchedules
from lambdas.watch.series import Series
from lambdas.watch.table import Seen, WatchTable

JOB = "churn-1"
PREFIX = f"models/{JOB}/output"
LOSS = {"Name": "train:loss", "Regex": r"train:loss=([0-9.]+)"}
NAN: Rule = {"kind": "not_a_number", "stops": True}
FLAT: Rule = {
    "kind": "not_improving",
    "metric": "train:loss",
    "rounds": 3,
    "least": 0.0,
    "larger_is_better": False,
    "stops": True,
}


class Account(ServicesInMemory):
    """The services of a watch, as far as it uses them."""

    def __init__(self) -> None:
        super().__init__()
        self.status = "InProgress"
        self.tags = [{"Key": TAG, "Value": "watch"}]
        self.lines: list[str] = []
        self.ended: datetime | None = None
        self.seconds = 1_000_000.0
        self.item: dict[str, Any] = {}
        self.schedules: dict[str, Any] = {}
        self.stops = 0
        self.objects: dict[str, bytes] = {}
        self.closed = False
        self.messages: list[str] = []
        self.percentages: list[float] = []
        self.throttled, self.throttled_until = "", 0.0

    def asked(self, operation: str) -> None:
        if operation == self.throttled and self.seconds < self.throttled_until:
            raise ServiceError("ThrottlingException", "Rate exceeded")

    def now(self) -> float:
        return self.seconds

    def end(self, status: str) -> None:
        self.status, self.ended = status, datetime.fromtimestamp(self.seconds, UTC)

    def describe_training_job(self, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        if TrainingJobName != JOB:
            raise ServiceError("ValidationException", "Requested resource not found.")
        return {
            "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{JOB}",
            "TrainingJobName": JOB,
            "TrainingJobStatus": self.status,
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "AlgorithmSpecification": {"MetricDefinitions": [LOSS]},
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/models/"},
            **({"TrainingEndTime": self.ended} if self.ended else {}),
        }

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        assert ResourceArn.endswith(JOB)
        return {"Tags": self.tags}

    def stop_training_job(self, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        assert TrainingJobName == JOB
        if self.status != "InProgress":
            raise ServiceError("ValidationException", f"The training job is in status {self.status}.")
        self.stops, self.status = self.stops + 1, "Stopping"
        return {}

    def describe_log_streams(self, logStreamNamePrefix: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        assert logStreamNamePrefix == f"{JOB}/"
        if not self.lines:
            raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
        return {"logStreams": [{"logStreamName": f"{JOB}/algo-1-17"}]}

    def get_log_events(self, nextToken: str = "0", **_: Any) -> dict[str, Any]:  # noqa: N803
        """Two lines a page."""
        page = self.lines[int(nextToken) : int(nextToken) + 2]
        return {"events": [{"message": each} for each in page], "nextForwardToken": str(int(nextToken) + len(page))}

    def get_metric_data(self, MetricDataQueries: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        [query] = MetricDataQueries
        assert query["MetricStat"]["Metric"]["Dimensions"] == [{"Name": "Host", "Value": f"{JOB}/algo-1"}]
        times = [datetime.fromtimestamp(60 * minute, UTC) for minute in range(len(self.percentages))]
        return {"MetricDataResults": [{"Id": query["Id"], "Timestamps": times, "Values": self.percentages}]}

    def update_item(self, **arguments: Any) -> dict[str, Any]:
        lease, values = self.item.get("Lease"), arguments["ExpressionAttributeValues"]
        if ":seen" not in values:
            if lease and float(lease["N"]) >= float(values[":now"]["N"]):
                raise ServiceError("ConditionalCheckFailedException", "The conditional request failed")
            self.item["Lease"] = values[":lease"]
            return {"Attributes": dict(self.item)}
        if lease != values[":lease"]:
            raise ServiceError("ConditionalCheckFailedException", "The conditional request failed")
        self.item["Seen"] = values[":seen"]
        if "REMOVE" in arguments["UpdateExpression"]:
            del self.item["Lease"]
        return {}

    def create_schedule(self, **arguments: Any) -> dict[str, Any]:
        if arguments["Name"] in self.schedules:
            raise ServiceError("ConflictException", "It exists.")
        self.schedules[arguments["Name"]] = arguments
        return {}

    def delete_schedule(self, Name: str, GroupName: str) -> dict[str, Any]:  # noqa: N803
        assert GroupName == "looks"
        if Name not in self.schedules:
            raise ServiceError("ResourceNotFoundException", "It does not exist.")
        del self.schedules[Name]
        return {}

    def put_object(self, Key: str, Body: bytes, **_: Any) -> dict[str, Any]:  # noqa: N803
        if self.closed:
            raise ServiceError("AccessDenied", "Access Denied")
        self.objects[Key] = Body
        return {}

    def publish(self, Message: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.messages.append(Message)
        return {}

    @property
    def report(self) -> Mapping[str, Any]:
        return json.loads(self.objects[f"{PREFIX}/watch.json"])


def look(account: Account, *rules: Rule, stop: bool = True, job: str = JOB) -> None:
    watcher = TrainingWatcher(
        name="watch",
        rules=rules,
        services=Services(account, account, account, account, account),
        table=WatchTable(account, "seen", account.now),
        schedules=LookSchedules(account, "looks", "role", "function", account.now),
        now=account.now,
        stop=stop,
        topic="topic",
    )
    watcher.look(job)


def losses(*values: float | str) -> list[str]:
    return [f"epoch {number}: train:loss={value}" for number, value in enumerate(values, 1)]


def test_a_good_training_is_left_alone_and_reported() -> None:
    account = Account()
    look(account, NAN, FLAT)
    account.lines += losses(3, 2, 1, 0.5, 0.4)
    look(account, NAN, FLAT)
    assert (account.stops, account.messages, account.objects) == (0, [], {})
    assert list(account.schedules) == [JOB]
    account.end("Completed")
    look(account, NAN, FLAT)
    assert account.report["findings"] == []
    account.lines += losses(0.3)
    account.seconds += 60
    look(account, NAN, FLAT)
    assert account.report["metrics"]["train:loss"]["values"][-1] == [6, 0.3]
    assert account.schedules == {}
    assert (account.stops, account.messages) == (0, [])


def test_a_bad_training_is_stopped_once_and_told_once() -> None:
    account = Account()
    account.lines += losses(3, "nan", "nan")
    for _ in range(3):
        look(account, NAN, FLAT)
    assert account.stops == 1
    [message] = account.messages
    assert "train:loss is nan in round 2" in message
    assert f"s3://bucket/{PREFIX}/watch.html" in message
    assert account.report["stopped"]
    account.end("Stopped")
    look(account, NAN, FLAT)
    account.seconds += 60
    look(account, NAN, FLAT)
    assert (account.stops, len(account.messages), account.schedules) == (1, 1, {})
    assert account.report["status"] == "Stopped"
    assert account.report["metrics"]["train:loss"]["values"][1] == [2, "nan"]
    assert b"nan in round 2" in account.objects[f"{PREFIX}/watch.html"]


def test_a_rule_or_a_watch_that_does_not_stop_tells() -> None:
    for rule, stop in ((NAN, False), ({**NAN, "stops": False}, True)):
        account = Account()
        account.lines += losses("inf")
        look(account, rule, stop=stop)
        assert (account.stops, len(account.messages)) == (0, 1)
        assert not account.report["stopped"]


def test_a_report_that_cannot_be_written_keeps_nobody_from_being_told() -> None:
    account = Account()
    account.lines += losses(2, "nan")
    account.closed = True
    with pytest.raises(ServiceError, match="Access Denied"):
        look(account, NAN)
    account.seconds += 71
    look(account, NAN)
    assert (account.stops, len(account.messages), account.objects) == (1, 1, {})
    account.closed = False
    account.end("Stopped")
    account.seconds += 71
    look(account, NAN)
    assert (account.report["status"], len(account.messages), account.schedules) == ("Stopped", 1, {})


def test_a_job_that_has_ended_is_judged_and_not_stopped() -> None:
    account = Account()
    account.lines += losses("nan")
    account.end("Completed")
    look(account, NAN)
    assert (account.stops, len(account.messages), account.report["stopped"]) == (0, 1, False)


def test_jobs_of_others_and_none_are_left_alone() -> None:
    account = Account()
    account.lines += losses("nan")
    account.tags = [{"Key": TAG, "Value": "another"}]
    look(account, NAN)
    look(account, NAN, job="gone")
    assert (account.stops, account.messages, account.schedules, account.item) == (0, [], {}, {})


def test_two_looks_do_not_take_the_same_lines() -> None:
    account = Account()
    account.lines += losses("nan")
    table = WatchTable(account, "seen", account.now)
    first = table.begin(JOB)
    look(account, NAN)
    assert account.stops == 0
    assert first
    table.keep(first, ended=True)
    look(account, NAN)
    assert account.stops == 1


def test_who_died_before_there_was_a_schedule_is_followed_by_one() -> None:
    account = Account()
    account.lines += losses("nan")
    account.calls_until_death = 3
    with pytest.raises(KilledError):
        look(account, NAN)
    account.calls_until_death = None
    assert account.schedules == {}
    # Lambda repeats the event while the lease of the dead still holds.
    account.seconds += 60
    look(account, NAN)
    assert (account.stops, [*account.schedules]) == (0, [JOB])


@pytest.mark.parametrize(
    "operation",
    [
        "describe_training_job",
        "list_tags",
        "update_item",
        "create_schedule",
        "describe_log_streams",
        "get_log_events",
        "stop_training_job",
        "publish",
        "put_object",
    ],
)
def test_throttled_for_a_minute_it_stops_once_and_tells(operation: str) -> None:
    account = Account()
    account.lines += losses(2, "nan")
    account.throttled, account.throttled_until = operation, account.seconds + 60
    event = [0, 60, 180]
    for minute in range(10):
        # Lambda repeats an event that has failed after one minute, and after two more.
        due = 60 * minute in event
        if due or account.schedules:
            try:
                look(account, NAN)
                event = event if not due else []
            except ServiceError:
                assert minute == 0
        account.seconds += 60
        if account.status == "Stopping":
            account.end("Stopped")
    assert account.stops == 1
    assert 1 <= len(account.messages) <= 2
    assert account.report["stopped"]
    assert account.schedules == {}


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_it_stops_once_and_tells(after: bool) -> None:
    for calls in range(40):
        account = Account()
        account.lines += losses(2, "nan")
        account.calls_until_death, account.dies_after_the_call = calls, after
        try:
            look(account, NAN)
            died = False
        except KilledError:
            died = True
        account.calls_until_death = None
        # The lease of the dead ends by itself.
        account.seconds += 71
        look(account, NAN)
        account.end("Stopped")
        look(account, NAN)
        account.seconds += 60
        look(account, NAN)
        assert account.stops == 1
        assert 1 <= len(account.messages) <= 2
        assert account.report["stopped"]
        assert account.report["metrics"]["train:loss"]["rounds"] == 2
        assert account.schedules == {}
        if not died:
            assert calls > 5
            return
    pytest.fail("it was killed at every call")


def _series(*values: float) -> Series:
    series = Series("one")
    for value in values:
        series.add(value)
    return series


def _found(
    rule: Rule, series: Mapping[str, Sequence[float]], used: Mapping[str, Sequence[float]] | None = None
) -> str:
    made = {name: _series(*values) for name, values in series.items()}
    return "".join(each.text for each in findings([{"stops": True, **rule}], made, used or {}))


OVERFITTING: Rule = {
    "kind": "overfitting",
    "metric": "v",
    "training": "t",
    "rounds": 2,
    "least": 0.05,
    "larger_is_better": False,
}


@pytest.mark.parametrize(
    ("rule", "series", "said"),
    [
        (FLAT, {"train:loss": [3, 2, 1]}, ""),
        (FLAT, {"train:loss": [3, 1, 1, 2, 1]}, "has not fallen in 3 rounds: 1 before, 1 now"),
        (FLAT, {"train:loss": [3, 1, 1, 2, 0.9]}, ""),
        ({**FLAT, "least": 0.5}, {"train:loss": [3, 1, 1, 2, 0.9]}, "by more than 0.5 in 3 rounds"),
        ({**FLAT, "larger_is_better": True}, {"train:loss": [0.9, 0.8, 0.8, 0.8]}, "has not risen in 3 rounds: 0.9"),
        ({**FLAT, "larger_is_better": True}, {"train:loss": [0.7, 0.8, 0.9, 0.95]}, ""),
        (OVERFITTING, {"v": [2, 1, 1.1, 1.2], "t": [4, 3, 2, 1]}, "was best in round 2 of 4"),
        (OVERFITTING, {"v": [2, 1, 1.1, 1.04], "t": [4, 3, 2, 1]}, ""),
        (OVERFITTING, {"v": [2, 1, 1.1, 1.2], "t": [4, 3, 3, 3]}, ""),
        (OVERFITTING, {"v": [2, 1, 1.2], "t": [4, 3, 2]}, ""),
        ({"kind": "exploding", "metric": "g", "above": 10.0}, {"g": [1, -11, 1]}, "exploded to -11 in round 2"),
        ({"kind": "exploding", "metric": "g", "above": 10.0}, {"g": [math.inf]}, "exploded to inf"),
        ({"kind": "exploding", "metric": "g", "above": 10.0}, {"g": [10, math.nan]}, ""),
        ({"kind": "vanishing", "metric": "g", "below": 0.1, "rounds": 2}, {"g": [1, 0.01, 0.02]}, "is below 0.1"),
        ({"kind": "vanishing", "metric": "g", "below": 0.1, "rounds": 2}, {"g": [0.01, 1, 0.01]}, ""),
        (NAN, {"a": [1], "b": [2, math.nan]}, "b is nan in round 2"),
        ({**NAN, "metric": "a"}, {"a": [1], "b": [math.nan]}, ""),
        ({"kind": "target_reached", "metric": "a", "at_least": 0.9}, {"a": [0.8, 0.95, 0.5]}, "in round 2: 0.95"),
        ({"kind": "target_reached", "metric": "a", "at_most": 0.1}, {"a": [0.8, 0.2]}, ""),
    ],
)
def test_rules_find_what_they_say(rule: Rule, series: Mapping[str, Sequence[float]], said: str) -> None:
    found = _found(rule, series)
    assert said in found
    assert bool(found) == bool(said)


def test_an_idle_machine_is_found_after_its_minutes() -> None:
    rule = {"kind": "under_used", "resource": "GPU", "percent": 20.0, "minutes": 3, "stops": False}
    for percentages, wanted in (([5, 5], 0), ([90, 5, 5, 5], 1), ([5, 5, 90], 0)):
        account = Account()
        account.percentages += percentages
        look(account, rule)
        assert (len(account.messages), account.stops) == (wanted, 0)


@pytest.mark.parametrize(
    ("regex", "line", "value"),
    [
        (r"loss=([0-9.]+)", "epoch 3: loss=0.5", 0.5),
        (r"loss=([0-9.]+)", "epoch 3: loss=nan", math.nan),
        (r"loss=([0-9.]+)", "epoch 3: loss=-inf;", -math.inf),
        (r"loss=([0-9.]+)", "epoch 3: loss=nancy", None),
        (r"loss=([0-9.]+)", "nothing", None),
        (r"\(loss\) (?:is )?([0-9()]+);", "(loss) is NaN;", math.nan),
        (r"loss=((\d+)\.?)", "loss=7", 7.0),
        (r"loss=.*", "loss=7", None),
        (r"loss=(.*)", "loss=seven", None),
        (r"loss=(", "loss=7", None),
    ],
)
def test_values_are_found_where_the_expression_expects_them(regex: str, line: str, value: float | None) -> None:
    pattern = metric_patterns([{"Name": "loss", "Regex": regex}]).get("loss")
    found = pattern.value(line) if pattern else None
    assert str(found) == str(value)


def test_a_job_of_weeks_fits_into_its_item() -> None:
    seen = Seen(series={str(name): Series("one") for name in range(4)})
    for number in range(50_000):
        for name, series in seen.series.items():
            series.add(math.nan if number == 7 else math.sin(number * (int(name) + 1)) + (9 if number == 11 else 0))
    for series in seen.series.values():
        assert series.rounds == 50_000
        assert max(value for _, value in series.numbers()) > 8
        assert [number for number, _ in series.odd()] == [8]
        assert [number for number, _ in series.points[-1000:]] == [*range(49_001, 50_001)]
    packed = seen.packed()
    assert len(packed) < 200_000
    assert str(Seen.unpacked(packed)) == str(seen)
