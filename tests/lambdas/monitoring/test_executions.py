"""What came of Model Monitor's executions is told once, in the words of a monitor of ours."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.monitor.executions import MonitoringExecutions, WatchedSchedule
from lambdas.monitor.monitor import ReportFiles, S3Place
from lambdas.monitor.telling import ENDED, FAILED, NAMESPACE, Telling

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SCHEDULE = "churn-data"


class Account(ServicesInMemory):
    """S3, SageMaker, CloudWatch and EventBridge, as far as the function uses them."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, bytes] = {}
        self.executions: list[dict[str, Any]] = []
        self.metrics: list[dict[str, Any]] = []
        self.events: list[tuple[str, dict[str, Any]]] = []

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803, ARG002
        if Key not in self.objects:
            raise ServiceError("NoSuchKey")
        return {"Body": BytesIO(self.objects[Key])}

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str) -> dict[str, Any]:  # noqa: N803, ARG002
        self.objects[Key] = Body
        return {}

    def list_monitoring_executions(self, NextToken: str = "", **asked: Any) -> dict[str, Any]:  # noqa: N803
        assert asked["MonitoringScheduleName"] == SCHEDULE
        known = sorted(
            (each for each in self.executions if each["ScheduledTime"] > asked["ScheduledTimeAfter"]),
            key=lambda each: each["ScheduledTime"],
        )
        # One execution a page, so that pages are read to their end.
        place = int(NextToken or 0)
        more = {"NextToken": str(place + 1)} if place + 1 < len(known) else {}
        return {"MonitoringExecutionSummaries": known[place : place + 1], **more}

    def describe_processing_job(self, ProcessingJobName: str) -> dict[str, Any]:  # noqa: N803
        url = f"s3://data/reports/{ProcessingJobName}"
        return {
            "ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": url}}]},
            "Environment": {"start_time": "2026-11-30T11:00:00Z", "end_time": "2026-11-30T12:00:00Z"},
        }

    def put_metric_data(self, Namespace: str, MetricData: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert Namespace == NAMESPACE
        self.metrics += MetricData
        return {}

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.events += [(each["DetailType"], json.loads(each["Detail"])) for each in Entries]
        return {"FailedEntryCount": 0}

    def values(self, name: str) -> list[float]:
        return [each["Value"] for each in self.metrics if each["MetricName"] == name]

    def execution(
        self, status: str, *, job: str = "model-monitoring-1", at: datetime = NOON, reason: str = ""
    ) -> None:
        made = {"ProcessingJobArn": f"arn:aws:sagemaker:us-east-1:1:processing-job/{job}"} if job else {}
        failed = {"FailureReason": reason} if reason else {}
        self.executions.append({"MonitoringExecutionStatus": status, "ScheduledTime": at, **made, **failed})

    def violations(self, *found: dict[str, str], job: str = "model-monitoring-1") -> None:
        body = json.dumps({"violations": found}).encode()
        self.objects[f"reports/{job}/constraint_violations.json"] = body


def _executions(account: Account, pause: Callable[[float], None] = lambda _: None) -> MonitoringExecutions:
    schedule = WatchedSchedule(SCHEDULE, Telling(SCHEDULE, "churn", account, account), S3Place("data", "reports"))
    return MonitoringExecutions([schedule], ReportFiles(account), account, pause)


def _look(account: Account, at: datetime = NOON + timedelta(minutes=50)) -> Sequence[str]:
    return _executions(account).look(at)


def test_violations_are_told_by_what_they_are_of() -> None:
    account = Account()
    account.execution("CompletedWithViolations")
    account.violations(
        {"feature_name": "age", "constraint_check_type": "baseline_drift_check", "description": "far"},
        {"feature_name": "age", "constraint_check_type": "completeness_check", "description": "few"},
        {"facet": "sex", "facet_value": "f", "metric_name": "CI", "constraint_check_type": "bias_drift_check"},
        {"label": "label0", "metric_name": "shap", "constraint_check_type": "feature_attribution_drift_check"},
        {"metric_name": "auc", "constraint_check_type": "LessThanThreshold"},
    )
    account.objects["reports/model-monitoring-1/statistics.json"] = b'{"dataset": {"item_count": 40}}'
    assert _look(account) == [f"{SCHEDULE}/20261130120000"]
    [(kind, told)] = account.events
    assert kind == ENDED
    assert told["monitor"] == SCHEDULE
    assert told["endpoint"] == "churn"
    assert told["window"] == {
        "name": "20261130120000",
        "start": "2026-11-30T11:00:00Z",
        "end": "2026-11-30T12:00:00Z",
    }
    assert told["confirmed"] == ["CI of sex f", "age", "auc", "shap of label0"]
    assert (told["state"], told["severity"], told["confirmed_count"], told["rows"]) == ("violation", "warning", 4, 40)
    assert told["violations"][0] == {"feature": "age", "check": "baseline_drift_check", "says": "far"}
    assert told["report"] == "s3://data/reports/model-monitoring-1"
    assert account.values("DriftedFeatures") == [4.0]
    assert account.values("FailedRuns") == [0.0]
    assert {each["Dimensions"][0]["Value"] for each in account.metrics} == {SCHEDULE}


def test_what_was_told_is_not_told_again() -> None:
    account = Account()
    account.execution("Completed")
    assert _look(account) == [f"{SCHEDULE}/20261130120000"]
    assert _look(account) == []
    assert len(account.events) == 1
    assert account.values("DriftedFeatures") == [0.0]


def test_an_hour_without_requests_is_no_fault() -> None:
    account = Account()
    account.execution("Failed", job="", reason="Job inputs had no data")
    _look(account)
    [(kind, told)] = account.events
    assert (kind, told["state"], told["report"]) == (ENDED, "no traffic", "")
    assert account.values("FailedRuns") == [0.0]
    assert account.values("Runs") == [1.0]
    assert account.values("DriftedFeatures") == [], "it leaves the alarm as it is"


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [("Failed", "AlgorithmError: no memory", "AlgorithmError: no memory"), ("Stopped", "", "it was stopped")],
)
def test_what_has_failed_is_told_with_its_reason(status: str, reason: str, words: str) -> None:
    account = Account()
    account.execution(status, reason=reason)
    _look(account)
    assert [(kind, told["reason"]) for kind, told in account.events] == [(FAILED, words)]
    assert account.values("FailedRuns") == [1.0]
    assert account.values("Runs") == []


def test_what_runs_is_waited_for_and_the_oldest_is_told_first() -> None:
    account = Account()
    account.execution("InProgress")
    account.execution("Completed", job="model-monitoring-0", at=NOON - timedelta(hours=1))
    account.execution("Completed", job="model-monitoring-old", at=NOON - timedelta(days=3))
    assert _look(account) == [f"{SCHEDULE}/20261130110000"]
    account.executions[0]["MonitoringExecutionStatus"] = "Completed"
    assert _look(account) == [f"{SCHEDULE}/20261130120000"]


def test_the_end_of_an_execution_is_waited_for_that_follows_the_end_of_its_job() -> None:
    account = Account()
    account.execution("InProgress", job="model-monitoring-1")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            account.executions[0]["MonitoringExecutionStatus"] = "Completed"

    executions = _executions(account, pause)
    assert executions.look(NOON, "model-training-1") == [], "a job of somebody else is not waited for"
    assert pauses == []
    assert executions.look(NOON, "model-monitoring-1") == [f"{SCHEDULE}/20261130120000"]
    assert len(pauses) == 2


def test_violations_that_are_not_there_yet_are_a_fault() -> None:
    account = Account()
    account.execution("CompletedWithViolations")
    with pytest.raises(FileNotFoundError, match="no violations at s3://data/reports/model-monitoring-1"):
        _look(account)
    assert account.events == []


def test_whoever_dies_is_followed_by_somebody_who_tells_it() -> None:
    account = Account()
    account.execution("Completed")
    for calls in range(20):
        account.calls_until_death = calls
        try:
            _look(account)
        except KilledError:
            continue
        break
    else:
        pytest.fail("it never came to its end")
    assert {kind for kind, _ in account.events} == {ENDED}
    assert any(key.startswith(f"reports/told/{SCHEDULE}/") for key in account.objects)


def test_a_deployment_counts_as_seen() -> None:
    account = Account()
    _executions(account).begin()
    assert account.values("Runs") == [0.0]
