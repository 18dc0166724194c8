"""A drift monitor starts each window once, tells what its report says, and dies without leaving a gap."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.monitor.handler import handler
from lambdas.monitor.logic import Monitoring
from lambdas.monitor.monitor import Monitor, ReportFiles, S3Place
from lambdas.monitor.reports import Reports
from lambdas.monitor.runs import NO_TRAFFIC, Runs
from lambdas.monitor.telling import ENDED, FAILED, NAMESPACE, Telling
from lambdas.monitor.windows import Window, last_window, window_named

HOUR = timedelta(hours=1)
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)
"""What was due then is told, so that nothing is."""
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
REQUEST = {
    "AppSpecification": {"ImageUri": "image", "ContainerArguments": ["run"]},
    "ProcessingInputs": [
        {"InputName": name, "S3Input": {"S3Uri": f"s3://data/{name}", "S3DataType": "S3Prefix"}}
        for name in ("captured", "baseline", "settings", "history")
    ],
    "ProcessingOutputConfig": {
        "Outputs": [
            {"OutputName": name, "S3Output": {"S3Uri": f"s3://data/{name}"}} for name in ("report", "history")
        ]
    },
}


class Account(ServicesInMemory):
    """S3, SageMaker, CloudWatch and EventBridge, as far as a monitor uses them."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, bytes] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, str] = {}
        self.metrics: list[dict[str, Any]] = []
        self.events: list[tuple[str, dict[str, Any]]] = []

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803, ARG002
        if Key not in self.objects:
            raise ServiceError("NoSuchKey")
        return {"Body": BytesIO(self.objects[Key])}

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str) -> dict[str, Any]:  # noqa: N803, ARG002
        self.objects[Key] = Body
        return {}

    def list_objects_v2(
        self,
        Bucket: str,  # noqa: N803, ARG002
        Prefix: str,  # noqa: N803
        Delimiter: str = "",  # noqa: N803
        ContinuationToken: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        keys = sorted(key for key in self.objects if key.startswith(Prefix))
        if Delimiter:
            found = sorted({key[len(Prefix) :].split("/")[0] for key in keys if "/" in key[len(Prefix) :]})
            return {"CommonPrefixes": [{"Prefix": f"{Prefix}{each}/"} for each in found]}
        # One object a page, so that pages are read to their end.
        place = int(ContinuationToken or 0)
        page = [{"Key": key, "Size": len(self.objects[key])} for key in keys[place : place + 1]]
        more = {"IsTruncated": True, "NextContinuationToken": str(place + 1)} if place + 1 < len(keys) else {}
        return {"Contents": page, **more}

    def create_processing_job(self, ProcessingJobName: str, **request: Any) -> dict[str, Any]:  # noqa: N803
        if ProcessingJobName in self.jobs:
            raise ServiceError("ResourceInUse")
        self.jobs[ProcessingJobName] = request
        return {}

    def describe_processing_job(self, ProcessingJobName: str) -> dict[str, Any]:  # noqa: N803
        if ProcessingJobName not in self.jobs:
            raise ServiceError("ValidationException", "Could not find requested job with name")
        return {"ProcessingJobStatus": self.statuses.get(ProcessingJobName, "InProgress")}

    def put_metric_data(self, Namespace: str, MetricData: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert Namespace == NAMESPACE
        self.metrics += MetricData
        return {}

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.events += [(each["DetailType"], json.loads(each["Detail"])) for each in Entries]
        return {"FailedEntryCount": 0}

    def values(self, name: str) -> list[float]:
        return [each["Value"] for each in self.metrics if each["MetricName"] == name]

    def capture(self, hour: str, name: str = "a", variant: str = "AllTraffic") -> str:
        key = f"captured/churn/{variant}/{hour}/{name}.jsonl"
        self.objects[key] = b"{}"
        return key


@pytest.fixture
def account() -> Account:
    account = Account()
    for hour in (20, 21, 22):
        for name in ("report", "told"):
            account.objects[f"reports/churn-drift/2026/10/31/{hour}/{name}.json"] = b"{}"
    return account


def _variables(**more: object) -> dict[str, str]:
    given = {
        "name": "churn-drift",
        "endpoint": "churn",
        "prefix": "churn-drift",
        "every": 3600,
        "delay": 900,
        "confirmed": [2, 3],
        "severe": 5.0,
        "features": ["age"],
        **more,
    }
    return {
        "MONITOR": json.dumps(given),
        "REQUEST": json.dumps(REQUEST),
        "CAPTURED": "s3://data/captured/churn",
        "REPORTS": "s3://data/reports/churn-drift",
    }


def _monitoring(account: Account, **more: object) -> Monitoring:
    monitor = Monitor.of(_variables(**more))
    files = ReportFiles(account)
    telling = Telling(monitor.name, monitor.endpoint, account, account)
    return Monitoring(monitor, Runs(monitor, files, account), Reports(monitor, files, telling))


def _report(account: Account, hour: int, *effects: tuple[str, float], state: str = "") -> None:
    checks = [
        {"feature": name, "check": "drift", "state": "violation", "effect": effect, "threshold": 0.1}
        for name, effect in effects
    ]
    document = {
        "state": state or ("violation" if checks else "fine"),
        "says": "a sentence",
        "rows": 100,
        "lost": {"no JSON": 2},
        "checks": checks,
    }
    account.objects[f"reports/churn-drift/2026/11/30/{hour:02}/report.json"] = json.dumps(document).encode()


def _ended(monitoring: Monitoring, hour: int, attempt: int = 1, status: str = "Completed") -> None:
    name = f"churn-drift-20261130{hour:02}-{attempt}"
    detail = {"ProcessingJobName": name, "ProcessingJobStatus": status, "FailureReason": "no memory"}
    monitoring.job_ended(detail, LONG_AGO)


def _manifest(account: Account, hour: int) -> list[Any]:
    return json.loads(account.objects[f"reports/churn-drift/2026/11/30/{hour:02}/captured.manifest"])


@pytest.mark.parametrize(
    ("at", "hours", "start"),
    [
        (NOON + timedelta(minutes=15), 1, 11),
        (NOON + timedelta(minutes=14, seconds=59), 1, 10),
        (NOON + timedelta(minutes=15), 6, 6),
        (NOON + timedelta(hours=5), 8, 8),
        (NOON + timedelta(hours=13), 24, 0),
    ],
)
def test_a_window_is_over_when_its_files_have_had_time_to_come(at: datetime, hours: int, start: int) -> None:
    length = timedelta(hours=hours)
    window = last_window(at, length, timedelta(minutes=15))
    assert window == Window(datetime(2026, 11, 30, start, tzinfo=UTC), length)
    assert window_named(window.name, length) == window
    assert len([*window.hours()]) == hours


def test_a_window_is_one_job_of_exactly_its_files_however_often_it_is_due(account: Account) -> None:
    first = account.capture("2026/11/30/11")
    second = account.capture("2026/11/30/11", "b", "Challenger")
    account.capture("2026/11/30/12")
    account.objects["captured/churn/AllTraffic/2026/11/30/11/empty.jsonl"] = b""
    monitoring = _monitoring(account)
    at = NOON + timedelta(minutes=15)
    assert monitoring.due(at)["started"] == "churn-drift-2026113011-1"
    assert monitoring.due(at)["started"] is None
    assert _manifest(account, 11) == [{"prefix": "s3://data/"}, first, second]
    [job] = account.jobs.values()
    inputs = {each["InputName"]: each["S3Input"] for each in job["ProcessingInputs"]}
    assert inputs["captured"]["S3DataType"] == "ManifestFile"
    assert inputs["captured"]["S3Uri"] == "s3://data/reports/churn-drift/2026/11/30/11/captured.manifest"
    outputs = {each["OutputName"]: each["S3Output"]["S3Uri"] for each in job["ProcessingOutputConfig"]["Outputs"]}
    assert outputs == {"report": "s3://data/reports/churn-drift/2026/11/30/11", "history": "s3://data/history"}


def test_folders_of_hours_may_lie_right_below_the_prefix(account: Account) -> None:
    account.objects["captured/churn/2026/11/30/11/rows.jsonl"] = b"{}"
    _monitoring(account).due(NOON + timedelta(minutes=15))
    assert _manifest(account, 11)[1:] == ["captured/churn/2026/11/30/11/rows.jsonl"]


def test_what_came_late_is_looked_at_once_and_with_the_next_window(account: Account) -> None:
    monitoring = _monitoring(account)
    account.capture("2026/11/30/10")
    monitoring.due(NOON - timedelta(minutes=45))
    late = account.capture("2026/11/30/10", "late")
    _report(account, 10)
    in_time = account.capture("2026/11/30/11")
    monitoring.due(NOON + timedelta(minutes=15))
    assert _manifest(account, 11)[1:] == [late, in_time]
    _report(account, 11)
    account.capture("2026/11/30/12")
    monitoring.due(NOON + timedelta(minutes=75))
    assert late not in _manifest(account, 12)


def test_a_list_of_files_stays_as_the_job_was_given_it(account: Account) -> None:
    monitoring = _monitoring(account)
    account.capture("2026/11/30/11")
    monitoring.due(NOON + timedelta(minutes=15))
    before = _manifest(account, 11)
    account.capture("2026/11/30/11", "late")
    monitoring.due(NOON + timedelta(minutes=16))
    assert _manifest(account, 11) == before


def test_a_window_without_requests_needs_no_job_and_is_told_of(account: Account) -> None:
    account.capture("2026/11/30/11")
    answer = _monitoring(account).due(NOON + timedelta(minutes=15))
    assert answer == {"started": "churn-drift-2026113011-1", "told": ["2026113009", "2026113010"]}
    assert account.values("Runs") == [1.0, 1.0]
    assert account.values("DriftedFeatures") == []
    assert [detail["state"] for _, detail in account.events] == ["no traffic", "no traffic"]


def test_missed_windows_are_made_up_for_one_after_the_other(account: Account) -> None:
    for hour in (9, 10, 11):
        account.capture(f"2026/11/30/{hour:02}")
    monitoring = _monitoring(account)
    at = NOON + timedelta(minutes=15)
    assert monitoring.due(at)["started"] == "churn-drift-2026113009-1"
    assert monitoring.due(at)["started"] is None
    for hour in (9, 10, 11):
        _report(account, hour)
        name = f"churn-drift-20261130{hour:02}-1"
        account.statuses[name] = "Completed"
        monitoring.job_ended({"ProcessingJobName": name, "ProcessingJobStatus": "Completed"}, at)
    assert [*account.jobs] == [f"churn-drift-20261130{hour:02}-1" for hour in (9, 10, 11)]
    assert account.values("Runs") == [1.0, 1.0, 1.0]


def test_an_event_that_was_lost_is_made_up_for(account: Account) -> None:
    for hour in (9, 10, 11):
        _report(account, hour)
    assert _monitoring(account).due(NOON + timedelta(minutes=15))["told"] == [
        "2026113009",
        "2026113010",
        "2026113011",
    ]


def test_a_feature_is_confirmed_by_several_runs_and_cleared_by_several(account: Account) -> None:
    monitoring = _monitoring(account)
    found = [
        [("age", 0.2)],  # once
        [("plan", 0.2)],  # something else
        [("age", 0.2)],  # age twice in three
        [("age", 0.2), ("plan", 0.2)],
        [],
        [],
    ]
    for hour, effects in enumerate(found):
        _report(account, hour, *effects)
        _ended(monitoring, hour)
    assert account.values("DriftedFeatures") == [0.0, 0.0, 1.0, 2.0, 1.0, 0.0]
    confirmed = [detail["confirmed"] for _, detail in account.events]
    assert confirmed == [[], [], ["age"], ["age", "plan"], ["age"], []]
    assert account.values("Drift") == [0.2, 0.2, 0.2]


def test_a_run_that_cannot_decide_changes_nothing_and_does_not_count(account: Account) -> None:
    monitoring = _monitoring(account)
    for hour, state in enumerate(("violation", "not enough", "no traffic", "violation")):
        _report(account, hour, *([("age", 0.2)] if state == "violation" else []), state=state)
        _ended(monitoring, hour)
    assert account.values("DriftedFeatures") == [0.0, 1.0]
    assert account.values("Runs") == [1.0] * 4


@pytest.mark.parametrize(("effect", "severity"), [(0.2, "warning"), (0.6, "critical"), (float("inf"), "critical")])
def test_severity_follows_how_far_a_confirmed_change_is_above_its_threshold(
    account: Account, effect: float, severity: str
) -> None:
    monitoring = _monitoring(account, confirmed=[1, 1])
    _report(account, 3, ("age", effect))
    _ended(monitoring, 3)
    [(kind, detail)] = account.events
    assert (kind, detail["severity"]) == (ENDED, severity)
    assert account.values("SevereFeatures") == [float(severity == "critical")]
    assert detail["window"] == {"name": "2026113003", "start": "2026-11-30T03:00:00Z", "end": "2026-11-30T04:00:00Z"}
    assert detail["report"] == "s3://data/reports/churn-drift/2026/11/30/03"


def test_an_event_that_comes_twice_is_told_once(account: Account) -> None:
    monitoring = _monitoring(account)
    _report(account, 3)
    _ended(monitoring, 3)
    _ended(monitoring, 3)
    assert account.values("Runs") == [1.0]
    assert len(account.events) == 1


def test_a_failed_run_is_tried_once_more_and_then_told_of(account: Account) -> None:
    monitoring = _monitoring(account)
    account.capture("2026/11/30/11")
    monitoring.due(NOON + timedelta(minutes=15))
    account.statuses["churn-drift-2026113011-1"] = "Failed"
    _ended(monitoring, 11, 1, "Failed")
    assert [*account.jobs] == ["churn-drift-2026113011-1", "churn-drift-2026113011-2"]
    assert FAILED not in [kind for kind, _ in account.events]
    account.statuses["churn-drift-2026113011-2"] = "Failed"
    _ended(monitoring, 11, 2, "Failed")
    [failed] = [detail for kind, detail in account.events if kind == FAILED]
    assert (failed["window"]["name"], failed["reason"]) == ("2026113011", "no memory")
    assert 1.0 in account.values("FailedRuns")
    # Whoever asks again starts nothing for a window that was given up.
    assert monitoring.due(NOON + timedelta(minutes=20))["started"] is None


def test_a_second_attempt_is_made_by_the_next_call_if_its_event_was_lost(account: Account) -> None:
    monitoring = _monitoring(account)
    account.capture("2026/11/30/11")
    monitoring.due(NOON + timedelta(minutes=15))
    account.statuses["churn-drift-2026113011-1"] = "Failed"
    assert monitoring.due(NOON + timedelta(minutes=75))["started"] == "churn-drift-2026113011-2"


def test_a_job_that_somebody_stopped_is_told_of_at_once(account: Account) -> None:
    _ended(_monitoring(account), 11, 1, "Stopped")
    assert account.values("FailedRuns")[0] == 1.0


def test_a_completed_job_without_a_report_is_an_error(account: Account) -> None:
    with pytest.raises(FileNotFoundError, match="no report"):
        _ended(_monitoring(account), 3)


@pytest.mark.parametrize("after", [False, True])
def test_a_function_that_dies_anywhere_is_followed_by_one_that_leaves_no_gap(*, after: bool) -> None:
    for calls in range(30):
        account = Account()
        monitoring = _monitoring(account)
        for hour in (9, 10, 11):
            account.capture(f"2026/11/30/{hour:02}")
        _report(account, 9, ("age", 0.2))
        account.calls_until_death, account.dies_after_the_call = calls, after
        with _killed():
            monitoring.due(NOON + timedelta(minutes=15))
        account.calls_until_death = None
        monitoring.due(NOON + timedelta(minutes=15))
        assert [*account.jobs] == ["churn-drift-2026113010-1"]
        assert "reports/churn-drift/2026/11/30/09/told.json" in account.objects
        assert account.events


class _killed:  # noqa: N801 - reads as what happens inside of it
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, *_: object) -> bool:
        return kind is KilledError


def test_jobs_of_others_and_jobs_that_run_are_left_alone(account: Account) -> None:
    monitoring = _monitoring(account)
    _ended(monitoring, 3, status="InProgress")
    monitoring.job_ended({"ProcessingJobName": "other-2026113003-1", "ProcessingJobStatus": "Failed"}, NOON)
    assert account.events == []
    assert account.metrics == []


def test_a_deployment_counts_as_seen_so_that_nobody_is_woken_before_the_first_run(account: Account) -> None:
    monitoring = _monitoring(account)
    assert monitoring.deployed({"RequestType": "Create"}) == "churn-drift"
    assert account.values("Runs") == [0.0]
    assert "reports/churn-drift/history/begun.json" in account.objects
    monitoring.deployed({"RequestType": "Delete"})
    assert account.values("Runs") == [0.0]


def test_places_are_read_of_urls() -> None:
    assert S3Place.of("s3://bucket/a/b/") == S3Place("bucket", "a/b")
    assert S3Place("bucket", "").below("a").url == "s3://bucket/a"


@pytest.mark.parametrize(
    ("event", "called"),
    [
        ({"time": "2026-11-30T12:15:00Z"}, "due"),
        ({}, "due"),
        ({"detail-type": "x", "time": "2026-11-30T12:15:00Z", "detail": {"ProcessingJobName": "a"}}, "job_ended"),
    ],
)
def test_the_entry_point_tells_calls_apart(
    event: Mapping[str, Any], called: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in _variables().items():
        monkeypatch.setenv(name, value)
    seen: list[str] = []

    def due(_self: object, _at: datetime) -> dict[str, Any]:
        seen.append("due")
        return {}

    def ended(_self: object, _detail: object, _at: datetime) -> None:
        seen.append("job_ended")

    monkeypatch.setattr(Monitoring, "due", due)
    monkeypatch.setattr(Monitoring, "job_ended", ended)
    handler(dict(event), None)
    assert seen == [called]


TOLD = "truth/churn"
MIDNIGHT = datetime(2026, 12, 1, 0, 15, tzinfo=UTC)


def _with_truth(account: Account, **more: Any) -> Monitoring:
    given = _variables(truth={"every": 86400, "days": 2.0}, **more)
    monitor = Monitor.of({**given, "TRUTH": f"s3://labels/{TOLD}"})
    files = ReportFiles(account)
    telling = Telling(monitor.name, monitor.endpoint, account, account)
    return Monitoring(monitor, Runs(monitor, files, account), Reports(monitor, files, telling))


def _tell(account: Account, hour: str, name: str = "a") -> str:
    key = f"{TOLD}/{hour}/{name}.jsonl"
    account.objects[key] = b"{}"
    return key


def _lists(account: Account, day: str, hour: int) -> dict[str, list[str]]:
    folder = f"reports/churn-drift/{day}/{hour:02}/"
    return {
        key.removeprefix(folder).removesuffix(".manifest"): json.loads(content)[1:]
        for key, content in account.objects.items()
        if key.startswith(folder) and key.endswith(".manifest")
    }


def _quiet(account: Account, *hours: str) -> None:
    for hour in hours:
        account.objects[f"reports/churn-drift/{hour}/report.json"] = json.dumps(NO_TRAFFIC).encode()
        account.objects[f"reports/churn-drift/{hour}/told.json"] = b"{}"


def test_truth_is_judged_once_a_day_with_the_requests_of_the_days_before(account: Account) -> None:
    _quiet(account, "2026/11/30/21", "2026/11/30/22")
    monitoring = _with_truth(account)
    old = account.capture("2026/11/28/23")
    account.capture("2026/11/26/23")
    now, told, older = (
        account.capture("2026/11/30/23"),
        _tell(account, "2026/11/30/05"),
        _tell(account, "2026/11/29/05"),
    )
    _tell(account, "2026/12/01/00")
    _tell(account, "2026/11/26/05")
    monitoring.due(MIDNIGHT)
    assert _lists(account, "2026/11/30", 23) == {"captured": [now], "truth": [older, told], "earlier": [old]}
    [job] = account.jobs.values()
    inputs = {each["InputName"]: each["S3Input"]["S3Uri"] for each in job["ProcessingInputs"]}
    assert [*inputs] == ["captured", "truth", "earlier", "baseline", "settings", "history"]
    assert job["Environment"] == {"window_start": "2026-11-30T23:00:00Z", "window_end": "2026-12-01T00:00:00Z"}
    manifest = json.loads(account.objects["reports/churn-drift/2026/11/30/23/truth.manifest"])
    assert manifest[0] == {"prefix": "s3://labels/"}


def test_each_line_of_truth_is_judged_once_and_what_comes_late_with_the_next_run(account: Account) -> None:
    _quiet(
        account,
        *(f"2026/11/30/{hour:02}" for hour in range(21, 23)),
        *(f"2026/12/01/{hour:02}" for hour in range(23)),
    )
    monitoring = _with_truth(account)
    asked = account.capture("2026/11/30/23")
    known = _tell(account, "2026/11/30/05")
    monitoring.due(MIDNIGHT)
    account.objects["reports/churn-drift/2026/11/30/23/report.json"] = json.dumps(
        {**NO_TRAFFIC, "state": "fine"}
    ).encode()
    late = _tell(account, "2026/11/30/05", "late")
    monitoring.due(MIDNIGHT + timedelta(days=1))
    found = _lists(account, "2026/12/01", 23)
    assert (found["truth"], found["earlier-truth"]) == ([late], [known])
    assert asked in found["earlier"], "whose truth it is"
    assert "captured" not in found, "truth is judged in an hour without requests"


def test_an_hour_of_the_day_judges_no_truth(account: Account) -> None:
    _tell(account, "2026/11/30/05")
    account.capture("2026/11/30/11")
    _with_truth(account).due(NOON + timedelta(minutes=15))
    assert _lists(account, "2026/11/30", 11).keys() == {"captured"}


def _judged(account: Account, day: int, hour: int, auc: float | None, *, drift: float = 0.0) -> None:
    """A report of a run, with the loss of `auc` where there was truth."""
    checks: list[dict[str, Any]] = [
        {
            "feature": "age",
            "check": "drift",
            "state": "violation" if drift else "fine",
            "effect": drift,
            "threshold": 0.1,
        }
    ]
    document: dict[str, Any] = {
        "says": "a sentence",
        "rows": 100,
        "lost": {},
        "checks": checks,
        "quality": None,
        "truth": None,
    }
    if auc is not None:
        state = "violation" if auc > 0.05 else "fine"
        checks.append({"feature": "auc", "check": "quality", "state": state, "effect": auc, "threshold": 0.05})
        checks.append(
            {"feature": "DPPL of sex f", "check": "bias", "state": "fine", "effect": 0.02, "threshold": 0.05}
        )
        document["quality"] = {"metrics": {"auc": {"value": 0.9 - auc}, "f1_best_constant_classifier": {"value": 1}}}
        counted = {"judged": 500, "waiting": 3, "never": 20, "contradictory": 1, "repeated": 2, "unknown": 0}
        document["truth"] = {**counted, "coverage": 0.96, "days": []}
    found = [each["state"] for each in checks]
    document["state"] = "violation" if "violation" in found else "fine"
    key = f"reports/churn-drift/2026/11/{day:02}/{hour:02}/report.json"
    account.objects[key] = json.dumps(document).encode()


def test_quality_is_confirmed_by_runs_with_truth_however_many_lie_between(account: Account) -> None:
    monitoring = _with_truth(account)
    for day, auc in ((27, 0.0), (28, 0.1), (29, 0.4)):
        for hour in (21, 22, 23):
            _judged(account, day, hour, auc if hour == 23 else None)
    for day in (28, 29):
        name = f"churn-drift-202611{day}23-1"
        monitoring.job_ended({"ProcessingJobName": name, "ProcessingJobStatus": "Completed"}, LONG_AGO)
    assert account.values("WorseMetrics") == [0.0, 1.0]
    assert account.values("BiasedMetrics") == [0.0, 0.0]
    assert account.values("TruthCoverage") == [0.96, 0.96]
    assert account.values("Quality") == pytest.approx([0.8, 0.5])
    assert account.values("Bias") == [0.02, 0.02]
    _, detail = account.events[-1]
    assert (detail["confirmed"], detail["severity"]) == (["auc"], "critical")
    assert detail["confirmed_kinds"] == {"rows": 0, "quality": 1, "bias": 0, "attribution": 0}
    assert detail["quality"] == {"auc": 0.5}
    assert (detail["truth"]["coverage"], detail["truth"]["contradictory"]) == (0.96, 1)
    # A run without truth leaves it as it is.
    _judged(account, 30, 0, None)
    _ended(monitoring, 0)
    assert account.values("WorseMetrics") == [0.0, 1.0]
    assert account.values("SevereFeatures") == [0.0, 1.0, 1.0]
    assert account.events[-1][1]["confirmed"] == ["auc"]


def test_too_little_truth_decides_nothing(account: Account) -> None:
    monitoring = _with_truth(account, confirmed=[1, 1])
    _judged(account, 28, 23, 0.4)
    key = "reports/churn-drift/2026/11/28/23/report.json"
    report = json.loads(account.objects[key])
    report["checks"][1]["state"] = report["checks"][2]["state"] = "not enough"
    report["state"] = "fine"
    account.objects[key] = json.dumps(report).encode()
    detail = {"ProcessingJobName": "churn-drift-2026112823-1", "ProcessingJobStatus": "Completed"}
    monitoring.job_ended(detail, LONG_AGO)
    assert account.values("WorseMetrics") == account.values("BiasedMetrics") == account.values("Quality") == []
    assert account.values("TruthCoverage") == [0.96], "how much is known is shown"
    assert account.events[-1][1]["confirmed_count"] == 0
