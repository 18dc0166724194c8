"""The monitor as a process: a baseline, and what was captured since."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy
import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import process_environment
from harness.monitor.captured import captured, write_csv, write_lines

HEADER = ["age", "income", "city", "score"]


@dataclass(frozen=True)
class Ended:
    base: Path
    exit_code: int
    output: str

    @property
    def message(self) -> str:
        return (self.base / "output" / "message").read_text()

    def document(self, name: str) -> Any:
        return json.loads((self.base / "processing/output/report" / name).read_text())

    def check(self, feature: str, check: str) -> Any:
        [found] = [
            each
            for each in self.document("report.json")["checks"]
            if (each["feature"], each["check"]) == (feature, check)
        ]
        return found

    @property
    def violations(self) -> set[tuple[str, str]]:
        found = self.document("constraint_violations.json")["violations"]
        return {(each["feature_name"], each["constraint_check_type"]) for each in found}


Monitor = Callable[..., Ended]


@pytest.fixture
def monitor(monitor_image: LocalImage, tmp_path: Path) -> Monitor:
    """Run a command of the container: `monitor("run", variable="value")`."""

    def run(*arguments: str, **variables: str) -> Ended:
        done = subprocess.run(
            monitor_image.command_line(list(arguments)),
            env={**process_environment(monitor_image, tmp_path), **variables},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        return Ended(tmp_path, done.returncode, done.stdout + done.stderr)

    return run


def people(count: int, seed: int, moved: float = 0.0) -> Iterator[list[str]]:
    source = numpy.random.default_rng(seed)
    for _ in range(count):
        city = ["Bern", "Rome", "Oslo"][source.choice(3, p=[0.5, 0.3, 0.2])]
        numbers = f"{source.normal(40 + 10 * moved, 10):.3f}", f"{source.gamma(2):.4f}", f"{source.uniform():.4f}"
        yield [numbers[0], numbers[1], city, numbers[2]]


def asked(rows: Iterator[list[str]]) -> list[str]:
    return [captured(",".join(row[:3]), row[3]) for row in rows]


@pytest.fixture
def baseline(monitor: Monitor, tmp_path: Path) -> Path:
    """The base folder, with a baseline of 4,000 people."""
    return make_baseline(monitor, tmp_path)


def make_baseline(monitor: Monitor, base: Path, **settings: Any) -> Path:
    write_csv(base / "processing/input/rows/train.csv", HEADER, people(4_000, 1))
    given = base / "processing/input/settings/settings.json"
    given.parent.mkdir(parents=True, exist_ok=True)
    given.write_text(json.dumps({"outputs": ["score"], **settings}))
    done = monitor("baseline")
    assert done.exit_code == 0, done.output
    assert done.message == "baseline of 4000 rows and 4 columns"
    keep_baseline(base)
    given.unlink()
    return base


def keep_baseline(base: Path) -> None:
    """Let what was made be the baseline of the next run."""
    (base / "processing/input/baseline").mkdir()
    (base / "processing/output/report/statistics.json").rename(base / "processing/input/baseline/statistics.json")


def test_rows_like_those_of_the_baseline_are_fine(monitor: Monitor, baseline: Path) -> None:
    write_lines(baseline, asked(people(2_000, 2)))
    done = monitor("run")
    assert (done.exit_code, done.message) == (0, "2000 rows are as the baseline"), done.output
    report = done.document("report.json")
    assert (report["state"], report["rows"], report["lost"]) == ("fine", 2_000, {})
    assert report["first"] == report["last"] == "2026-11-29T06:30:00Z"
    assert done.violations == set()
    assert {each["feature"] for each in report["checks"]} == {*HEADER, ""}


def test_each_kind_of_change_is_named_with_its_feature(monitor: Monitor, baseline: Path) -> None:
    rows = list(people(1_500, 3, moved=0.3))
    for place, row in enumerate(rows):
        if place % 20 == 0:
            row[1] = ""
        if place % 25 == 1:
            row[1] = "unknown"
        if place % 10 == 2:
            row[2] = "=cmd|'/C calc'!A0"
    write_lines(baseline, asked(iter(rows)))
    done = monitor("run")
    assert done.violations == {
        ("age", "baseline_drift_check"),
        ("income", "completeness_check"),
        ("income", "data_type_check"),
        ("city", "categorical_values_check"),
    }
    assert done.message == "1500 rows: age, city, income differ from the baseline"
    moved = done.check("age", "drift")
    assert moved["effect"] == pytest.approx(0.3, abs=0.08)
    assert moved["p_value"] < 1e-6
    [city] = [each for each in done.document("statistics.json")["features"] if each["name"] == "city"]
    buckets = city["string_statistics"]["distribution"]["categorical"]["buckets"]
    assert {each["value"]: each["count"] for each in buckets}["others"] == 150


def test_predictions_and_units_are_watched_too(monitor: Monitor, baseline: Path) -> None:
    rows = [[age, f"{float(income) * 1000:.1f}", city, f"{float(score) ** 3:.4f}"]
            for age, income, city, score in people(800, 4)]  # fmt: skip
    write_lines(baseline, asked(iter(rows)))
    done = monitor("run")
    assert {name for name, _ in done.violations} == {"income", "score"}
    assert done.check("income", "drift")["effect"] > 100


def test_few_rows_are_not_enough_and_none_are_no_traffic(monitor: Monitor, baseline: Path) -> None:
    write_lines(baseline, asked(people(30, 5, moved=5.0)))
    done = monitor("run")
    assert (done.exit_code, done.message, done.violations) == (0, "30 rows are not enough to say", set())
    (baseline / "processing/input/captured/churn/AllTraffic/2026/11/29/06/a.jsonl").unlink()
    done = monitor("run")
    assert (done.exit_code, done.message) == (0, "no traffic")
    assert done.document("statistics.json")["dataset"]["item_count"] == 0


def test_what_cannot_be_read_is_counted_by_its_reason(monitor: Monitor, baseline: Path) -> None:
    good = asked(people(900, 6))
    row = next(people(1, 7))
    lines = [
        *good,
        good[0][:200],
        "no JSON at all",
        captured(b"\xff\xfe\x00"),
        captured(""),
        captured("1,2"),
        captured("1,2,Bern,4,5"),
        captured('1,"open,Bern'),
        captured("{broken", kind="JSON"),
        captured(f'{row[0]},{row[1]},"{row[2]}"', row[3]),
        captured(",".join(row[:3]).encode(), row[3]),
        captured(json.dumps(dict(zip(HEADER[:3], row, strict=False))), json.dumps({"score": row[3]}), kind="JSON"),
        captured(json.dumps({"instances": [{"features": row[:3]}] * 2}), "[[0.1], [0.2]]", kind="JSON"),
        captured("\r\n".join([",".join(row[:3])] * 3) + "\r\n", "0.1\n0.2\n0.3\n"),
    ]
    write_lines(baseline, lines)
    done = monitor("run")
    assert done.exit_code == 0, done.output
    report = done.document("report.json")
    assert report["rows"] == 900 + 1 + 1 + 1 + 2 + 3
    assert report["lost"] == {
        "a row that is neither CSV nor JSON": 2,
        "fewer columns than features": 1,
        "more columns than features": 1,
        "no input was captured": 1,
        "no line of data capture": 2,
        "no text in UTF-8": 1,
    }
    assert done.violations == set()
    for number in range(60):
        lines.append(captured(f"1,{number}"))
    write_lines(baseline, lines)
    assert monitor("run").violations == {("", "missing_column_check")}


def test_a_schedules_window_and_folders_are_those_of_its_variables(monitor: Monitor, baseline: Path) -> None:
    inside = [captured(",".join(row[:3]), row[3]) for row in people(200, 8)]
    later = [captured(",".join(row[:3]), row[3], at="2026-11-29T07:00:00Z") for row in people(300, 9, moved=3)]
    write_lines(baseline, [*inside, *later])
    (baseline / "processing/input/captured").rename(baseline / "processing/endpointdata")
    (baseline / "processing/input/baseline").rename(baseline / "processing/baseline")
    done = monitor(
        dataset_source=str(baseline / "processing/endpointdata"),
        baseline_statistics=str(baseline / "processing/baseline/statistics.json"),
        output_path=str(baseline / "processing/resultdata"),
        start_time="2026-11-29T06:00:00Z",
        end_time="2026-11-29T07:00:00Z",
        publish_cloudwatch_metrics="Enabled",
        sagemaker_endpoint_name="churn",
        sagemaker_monitoring_schedule_name="hourly",
    )
    assert (done.exit_code, done.message) == (0, "200 rows are as the baseline"), done.output
    assert (baseline / "processing/resultdata/constraint_violations.json").exists()
    lines = (baseline / "output/metrics/cloudwatch/cloudwatch_metrics.jsonl").read_text().splitlines()
    entries = {each["MetricName"]: each for each in map(json.loads, lines)}
    assert entries["feature_null_age"]["Value"] == 0
    assert entries["feature_baseline_drift_age"]["Value"] < 0.1
    assert entries["feature_completeness_city"]["Dimensions"] == [
        {"Name": "Endpoint", "Value": "churn"},
        {"Name": "MonitoringSchedule", "Value": "hourly"},
    ]


def test_a_baseline_may_be_of_captured_rows(monitor: Monitor, tmp_path: Path) -> None:
    write_lines(tmp_path, asked(people(3_000, 1)))
    refused = monitor("baseline")
    assert (refused.exit_code, "requires the names of features" in refused.message) == (1, True)
    settings = tmp_path / "processing/input/settings/settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"features": HEADER[:3], "outputs": ["score"], "moved_distance": 0.5}))
    done = monitor("baseline")
    assert done.message == "baseline of 3000 rows and 4 columns", done.output
    keep_baseline(tmp_path)
    settings.unlink()
    write_lines(tmp_path, asked(people(1_000, 2, moved=0.3)))
    # The threshold that the baseline was made with.
    assert monitor("run").violations == set()
    settings.write_text(json.dumps({"outputs": ["score"], "thresholds": {"age": 0.2}}))
    assert monitor("run").violations == {("age", "baseline_drift_check")}


@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_training_data_may_be_parquet_and_json_lines(monitor: Monitor, tmp_path: Path, ending: str) -> None:
    write_csv(tmp_path / "train.csv", HEADER, people(500, 1))
    folder = tmp_path / "processing/input/rows"
    folder.mkdir(parents=True)
    form = "parquet" if ending == "parquet" else "json"
    duckdb.sql(f"COPY (FROM '{tmp_path}/train.csv') TO '{folder}/train.{ending}' (FORMAT {form})")
    done = monitor("baseline")
    assert (done.exit_code, done.message) == (0, "baseline of 500 rows and 4 columns"), done.output
    kinds = {each["name"]: each["inferred_type"] for each in done.document("statistics.json")["features"]}
    assert kinds == {"age": "Fractional", "income": "Fractional", "city": "String", "score": "Fractional"}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ('{"minimum_rows": 1}', "minimum_rows must be at least 10, got: 1"),
        ('{"speed": 1}', "got: speed"),
        ('{"moved_distance": 0}', "moved_distance must be above 0"),
        ("[]", "must be an object"),
        ("{", "is no JSON"),
    ],
)
def test_settings_that_mean_nothing_are_refused(monitor: Monitor, tmp_path: Path, settings: str, reason: str) -> None:
    write_csv(tmp_path / "processing/input/rows/train.csv", HEADER, people(100, 1))
    path = tmp_path / "processing/input/settings/settings.json"
    path.parent.mkdir(parents=True)
    path.write_text(settings)
    done = monitor("baseline")
    assert (done.exit_code, reason in done.message) == (1, True), done.message


def test_without_a_baseline_it_says_so(monitor: Monitor, tmp_path: Path) -> None:
    done = monitor("run")
    assert (done.exit_code, "there is no baseline at" in done.message) == (1, True)
    (tmp_path / "processing/input/baseline").mkdir(parents=True)
    (tmp_path / "processing/input/baseline/statistics.json").write_text('{"version": 0.0, "features": []}')
    done = monitor("run")
    assert (done.exit_code, "was not written by `baseline`" in done.message) == (1, True)
    assert monitor("look").exit_code == 2


def test_constants_a_few_names_and_hostile_names_are_features(monitor: Monitor, tmp_path: Path) -> None:
    names = ['a"b', "it's", "<b>x</b>", "=1+1", "same", "flag"]
    rows = [[f"{place * 0.37 % 1:.3f}"] * 4 + ["7", str(place % 2)] for place in range(400)]
    write_csv(tmp_path / "processing/input/rows/train.csv", ['"a""b"', *names[1:]], rows)
    done = monitor("baseline")
    assert done.exit_code == 0, done.output
    keep_baseline(tmp_path)
    write_lines(tmp_path, [captured(",".join(row), None) for row in rows])
    assert monitor("run").message == "400 rows are as the baseline"
    write_lines(tmp_path, [captured(",".join([*row[:4], "8", "1"]), None) for row in rows])
    assert monitor("run").violations == {("same", "categorical_values_check"), ("flag", "baseline_drift_check"),
                                         ("same", "baseline_drift_check")}  # fmt: skip


def test_hundreds_of_columns_are_compared_and_thousands_are_refused(monitor: Monitor, tmp_path: Path) -> None:
    source = numpy.random.default_rng(0)
    rows = tmp_path / "processing/input/rows/train.csv"
    write_csv(rows, [f"c{number}" for number in range(10_000)], source.normal(size=(20, 10_000)).round(2))
    refused = monitor("baseline")
    assert (refused.exit_code, refused.message) == (1, "a monitor compares at most 1000 columns, got: 10000")
    write_csv(rows, [f"c{number}" for number in range(300)], source.normal(size=(100, 300)).round(2))
    done = monitor("baseline")
    assert done.exit_code == 0, done.output
    keep_baseline(tmp_path)
    now = source.normal(size=(80, 300)).round(2)
    now[:, 7] += 3
    wide = [captured(",".join(map(str, row)), None) for row in source.normal(size=(3, 10_000)).round(2)]
    write_lines(tmp_path, [*(captured(",".join(map(str, row)), None) for row in now), *wide])
    done = monitor("run")
    assert ("c7", "baseline_drift_check") in done.violations, done.output
    assert done.violations <= {("c7", "baseline_drift_check"), ("", "extra_column_check")}
    assert done.document("report.json")["lost"] == {"more columns than features": 3}
