"""A comparison tells its job of the two variants, and tells what the job's report recommends, once."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.functions.services_in_memory import ServiceError
from lambdas.monitor.comparison import ComparedVariants
from lambdas.monitor.comparison_reports import ENDED, FAILED, ComparisonReports
from lambdas.monitor.logic import Monitoring
from lambdas.monitor.monitor import Monitor, ReportFiles, S3Place
from lambdas.monitor.runs import Runs
from lambdas.monitor.telling import Telling
from lambdas.monitor.windows import Window

from .test_drift_monitor import REQUEST, Account

DAY = timedelta(days=1)
MORNING = datetime(2026, 11, 30, 0, 15, tzinfo=UTC)
WINDOW = Window(datetime(2026, 11, 29, tzinfo=UTC), DAY)
VARIANTS = {
    "champion": {"variant": "Champion", "model": "churn-3"},
    "challenger": {"variant": "Challenger", "model": "churn-4"},
}
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/4"
DECISION = {"recommendation": "promote", "confidence": 0.99, "effect": 0.03, "least": 0.01, "most": 0.05}


class Serving(Account):
    """An endpoint of two variants, beside what a monitor uses."""

    def __init__(self) -> None:
        super().__init__()
        self.status, self.updated = "InService", datetime(2026, 11, 29, 6, tzinfo=UTC)
        self.queries: list[dict[str, Any]] = []

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        assert EndpointName == "churn"
        return {"EndpointStatus": self.status, "LastModifiedTime": self.updated}

    def describe_model(self, ModelName: str) -> dict[str, Any]:  # noqa: N803
        if ModelName == "churn-4":
            return {"Containers": [{"Image": "image"}, {"ModelPackageName": PACKAGE}]}
        if ModelName == "churn-3":
            return {"PrimaryContainer": {"Image": "image"}}
        raise ServiceError("ValidationException")

    def get_metric_data(self, MetricDataQueries: list[dict[str, Any]], **asked: Any) -> dict[str, Any]:  # noqa: N803
        self.queries.append(asked)
        place = int(asked.get("NextToken", 0))
        query = MetricDataQueries[place]
        of = {each["Name"]: each["Value"] for each in query["MetricStat"]["Metric"]["Dimensions"]}
        value = {"Invocations": 100.0, "InvocationModelErrors": 1.0, "ModelLatency": 8000.0}
        found = value[query["MetricStat"]["Metric"]["MetricName"]] * (2 if of["VariantName"] == "Challenger" else 1)
        result = {"Id": query["Id"], "Timestamps": [datetime(2026, 11, 29, 7, tzinfo=UTC)], "Values": [found]}
        more = {"NextToken": str(place + 1)} if place + 1 < len(MetricDataQueries) else {}
        return {"MetricDataResults": [result], **more}


@pytest.fixture
def account() -> Serving:
    return Serving()


def _monitoring(account: Serving) -> Monitoring:
    monitor = Monitor(
        name="churn-compared",
        endpoint="churn",
        prefix="churn-compared",
        request=REQUEST,
        captured=S3Place("data", "captured/churn"),
        reports=S3Place("data", "reports/churn-compared"),
        every=DAY,
        delay=timedelta(minutes=15),
        confirmed=(1, 1),
        severe=1.0,
        features=(),
    )
    files = ReportFiles(account)
    variants = ComparedVariants(monitor, VARIANTS, files, account, account)
    reports = ComparisonReports(monitor, files, Telling(monitor.name, monitor.endpoint, account, account))
    return Monitoring(monitor, Runs(monitor, files, account, variants.describe), reports)


def _operation(account: Serving) -> Mapping[str, Any]:
    return json.loads(account.objects["reports/churn-compared/operation/operation.json"])


def _leave(account: Serving, report: Mapping[str, Any]) -> None:
    account.objects["reports/churn-compared/2026/11/29/00/report.json"] = json.dumps(report).encode()


def test_a_job_is_told_of_both_models_since_when_and_how_fast_they_are(account: Serving) -> None:
    account.capture("2026/11/29/07", variant="Champion")
    account.capture("2026/11/29/07", variant="Challenger")
    assert _monitoring(account).due(MORNING)["started"] == "churn-compared-2026112900-1"
    assert _operation(account) == {
        "champion": {"model": "churn-3", "package": "", "hours": [["2026-11-29T07:00:00Z", 100.0, 1.0, 8.0, 8.0]]},
        "challenger": {
            "model": "churn-4",
            "package": PACKAGE,
            "hours": [["2026-11-29T07:00:00Z", 200.0, 2.0, 16.0, 16.0]],
        },
        "since": "2026-11-29T06:00:00Z",
    }
    assert {each["StartTime"] for each in account.queries} == {WINDOW.start}


def test_since_is_when_the_pair_was_seen_first_and_begins_anew_with_another_one(account: Serving) -> None:
    account.capture("2026/11/29/07", variant="Champion")
    monitoring = _monitoring(account)
    monitoring.runs.prepare(WINDOW)
    account.updated = datetime(2026, 11, 29, 20, tzinfo=UTC)
    monitoring.runs.prepare(WINDOW)
    assert _operation(account)["since"] == "2026-11-29T06:00:00Z", "weights may have changed since"
    place = "reports/churn-compared/pair.json"
    account.objects[place] = json.dumps({"models": {"champion": "churn-2"}, "since": "2026-11-01T00:00:00Z"}).encode()
    account.status = "Updating"
    monitoring.runs.prepare(WINDOW)
    assert _operation(account)["since"] == "2026-11-30T00:00:00Z", "nothing of this window is theirs for certain"
    account.status = "InService"
    monitoring.runs.prepare(WINDOW)
    assert _operation(account)["since"] == "2026-11-29T20:00:00Z"


def test_what_is_recommended_is_told_once(account: Serving) -> None:
    side = {"variant": "Challenger", "model": "churn-4", "package": PACKAGE, "metrics": {"auc": 0.9}}
    _leave(account, {"state": "promote", "says": "better", "rows": 9, "lost": {"torn": 2}, "decision": DECISION,
                     "aim": "better", "challenger": side, "agreement": {"share": 0.9}})  # fmt: skip
    monitoring = _monitoring(account)
    for _ in range(2):
        monitoring.job_ended(
            {"ProcessingJobName": "churn-compared-2026112900-1", "ProcessingJobStatus": "Completed"}, MORNING
        )
    [told] = [detail for kind, detail in account.events if detail["window"]["name"] == "2026112900" and kind == ENDED]
    assert {each: told[each] for each in ("recommendation", "confidence", "effect", "rows")} == {
        "recommendation": "promote",
        "confidence": 0.99,
        "effect": 0.03,
        "rows": 9,
    }
    assert told["challenger"] == {each: side[each] for each in ("variant", "model", "package")}
    assert told["champion"] == {"variant": "", "model": "", "package": ""}
    values = {each["MetricName"]: each["Value"] for each in account.metrics if each["Value"]}
    assert values == {
        "Runs": 1.0, "Rows": 9.0, "LostRows": 2.0, "PromotionRecommended": 1.0, "Advantage": 0.03,
        "LeastAdvantage": 0.01, "Agreement": 0.9,
    }  # fmt: skip


def test_a_window_without_requests_takes_no_job_and_recommends_nothing(account: Serving) -> None:
    told = _monitoring(account).due(MORNING)
    assert (told["started"], account.jobs) == (None, {})
    assert [detail["recommendation"] for _, detail in account.events] == ["not enough"] * 3
    assert account.values("PromotionRecommended") == []


def test_the_end_of_a_job_that_fails_twice_is_told(account: Serving) -> None:
    account.capture("2026/11/29/07", variant="Champion")
    monitoring = _monitoring(account)
    for attempt in (1, 2):
        name = f"churn-compared-2026112900-{attempt}"
        account.statuses[name] = "Failed"
        monitoring.job_ended(
            {"ProcessingJobName": name, "ProcessingJobStatus": "Failed", "FailureReason": "no memory"}, MORNING
        )
    failed = [detail for kind, detail in account.events if kind == FAILED]
    assert [each["reason"] for each in failed] == ["no memory"]
    assert "churn-compared-2026112900-2" in account.jobs


def test_a_report_that_is_missing_is_no_silence(account: Serving) -> None:
    with pytest.raises(FileNotFoundError):
        _monitoring(account).reports.ended(WINDOW)


def test_it_begins_to_count_at_deployment(account: Serving) -> None:
    assert _monitoring(account).deployed({"RequestType": "Create"}) == "churn-compared"
    assert "reports/churn-compared/history/begun.json" in account.objects
    assert account.values("Runs") == [0.0]
