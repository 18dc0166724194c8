"""Four weeks, time-lapsed: traffic with seasons is no drift, slow drift is, and it is known since when."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy
import pytest

from harness.monitor.captured import captured, write_lines
from monitor.folders import Folders
from monitor.running import run
from monitor.start import make_baseline

FIRST = datetime(2026, 9, 28, tzinfo=UTC)
"""A Monday."""
DAYS = 28
STATISTICS = "statistics.json"


def traffic(day: datetime, seed: int, moved: float = 0.0, hours: range = range(24)) -> list[str]:
    """Rows of a day: more by day than by night, of other people, and of other cities at weekends."""
    source = numpy.random.default_rng((seed, day.toordinal()))
    lines: list[str] = []
    for hour in hours:
        at = day + timedelta(hours=hour)
        awake = math.sin(math.pi * hour / 24) ** 2
        # The people of one hour are more like each other than those of another.
        age = 40 + 20 * awake + source.normal(0, 1)
        away = 0.2 + (0.4 if day.weekday() >= 5 else 0.0) + source.normal(0, 0.02)
        for _ in range(source.poisson(15 + 45 * awake)):
            city = "Oslo" if source.uniform() < away else "Bern"
            score = source.uniform() ** (1 + awake)
            asked = f"{source.normal(age + 10 * moved, 10):.2f},{city}"
            lines.append(captured(asked, f"{score:.3f}", at=f"{at + timedelta(minutes=7):%Y-%m-%dT%H:%M:%SZ}"))
    return lines


def look(base: Path, lines: list[str], start: datetime, hours: int = 24) -> Mapping[str, Any]:
    """A run of a window, whose history is there for the next one; its report."""
    write_lines(base, lines)
    times = {"start_time": start, "end_time": start + timedelta(hours=hours)}
    run(Folders(base, {name: f"{time:%Y-%m-%dT%H:%M:%SZ}" for name, time in times.items()}))
    before, after = base / "processing/input/history", base / "processing/output/history"
    before.mkdir(exist_ok=True)
    for path in after.iterdir():
        path.replace(before / path.name)
    return json.loads((base / "processing/output/report/report.json").read_text())


def changed(report: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(each["feature"], each["check"]) for each in report["checks"] if each["state"] == "violation"}


def made(base: Path, **settings: Any) -> Path:
    """A folder with a baseline of four weeks, and these settings."""
    for day in range(DAYS):
        at = FIRST - timedelta(days=DAYS - day)
        write_lines(base, traffic(at, seed=1), folder=f"processing/input/captured/churn/v/{at:%Y/%m/%d}/00")
    given = base / "processing/input/settings/settings.json"
    given.parent.mkdir(parents=True)
    common = {"features": ["age", "city"], "outputs": ["score"], "hours_between_runs": 24}
    given.write_text(json.dumps({**common, **settings}))
    make_baseline(Folders(base, {}))
    (base / "processing/input/baseline").mkdir()
    (base / "processing/output/report" / STATISTICS).rename(base / "processing/input/baseline" / STATISTICS)
    (base / "processing/input/captured").rename(base / "baseline_rows")
    return base


@pytest.fixture(scope="module")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A baseline by the hour of the week; do not write to it."""
    return made(tmp_path_factory.mktemp("weekly"), season="hour of week")


def copy_of(base: Path, folder: Path, **settings: Any) -> Path:
    for name in ("baseline/statistics.json", "settings/settings.json"):
        path = folder / "processing/input" / name
        path.parent.mkdir(parents=True)
        path.write_bytes((base / "processing/input" / name).read_bytes())
    path = folder / "processing/input/settings/settings.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))
    return folder


def test_four_weeks_of_clean_seasonal_traffic_raise_no_alarm(weekly: Path, tmp_path: Path) -> None:
    base = copy_of(weekly, tmp_path)
    reports = [look(base, traffic(day, seed=2), day) for day in map(_day, range(DAYS))]
    assert [each["says"] for each in reports if each["state"] != "fine"] == []
    assert {each["reference"] for each in reports} == {"the baseline"}
    [kept] = [
        path.read_text().splitlines()
        for path in (base / "processing/input/history").iterdir()
        if path.name == "runs-2026-10.jsonl"
    ]
    assert len(kept) == DAYS - 3
    assert max(map(len, kept)) < 600


def test_a_night_is_compared_with_nights(weekly: Path, tmp_path: Path) -> None:
    night = look(copy_of(weekly, tmp_path), traffic(_day(1), seed=3, hours=range(6)), _day(1), hours=6)
    assert (night["state"], changed(night)) == ("fine", set())
    # At noon, the people of the night would be other people.
    noon = traffic(_day(1), seed=3, hours=range(6))
    moved = [each.replace(f"{_day(1):%Y-%m-%d}T0", f"{_day(1):%Y-%m-%d}T1") for each in noon]
    report = look(tmp_path, moved, _day(1) + timedelta(hours=10), hours=6)
    assert ("age", "drift") in changed(report)


def test_without_a_season_hours_that_differ_are_worth_few_rows(tmp_path: Path) -> None:
    base = made(tmp_path)
    hours = [_day(0) + timedelta(hours=hour) for hour in (2, 12)]
    rows = [traffic(_day(0), seed=4, hours=range(hour, hour + 1)) * 3 for hour in (2, 12)]
    assert [changed(look(base, *each, hours=1)) for each in zip(rows, hours, strict=True)] == [set(), set()]
    path = base / "processing/input/baseline" / STATISTICS
    found = json.loads(path.read_text())
    features = {each["name"]: each for each in found["monitor"]["baseline"]["features"]}
    assert features["age"]["alike"] > 0.1
    assert features["city"]["alike"] > 0.05
    # Were they as many independent people, any hour would be an alarm.
    for each in features.values():
        each["alike"] = 0.0
    path.write_text(json.dumps(found))
    assert all(("age", "drift") in changed(look(base, *each, hours=1)) for each in zip(rows, hours, strict=True))


def test_slow_drift_is_caught_against_the_baseline_and_dated(weekly: Path, tmp_path: Path) -> None:
    base = copy_of(weekly, tmp_path)
    reports = [look(base, traffic(_day(day), seed=5, moved=0.02 * day), _day(day)) for day in range(0, DAYS, 2)]
    names = [changed(each) for each in reports]
    first = next(place for place, each in enumerate(names) if each)
    assert names == [set()] * first + [{("age", "drift")}] * (len(names) - first)
    assert 4 <= first * 2 <= 16
    [age] = [each for each in reports[-1]["checks"] if (each["feature"], each["check"]) == ("age", "drift")]
    assert age["since"] == f"{_day(first * 2):%Y-%m-%dT%H:%M:%SZ}"
    assert age["runs"] == len(names) - first


def test_a_rolling_reference_finds_what_is_sudden_and_follows_what_is_slow(weekly: Path, tmp_path: Path) -> None:
    base = copy_of(weekly, tmp_path, reference="rolling", rolling_days=7)
    reports = [look(base, traffic(_day(day), seed=6, moved=0.015 * day), _day(day)) for day in range(14)]
    assert reports[0]["reference"] == "the baseline, as the runs before this one have too few rows"
    assert reports[-1]["reference"] == "the runs of the last 7 days"
    assert [changed(each) for each in reports[8:]] == [set()] * 6
    sudden = look(base, traffic(_day(14), seed=6, moved=1.2), _day(14))
    assert changed(sudden) >= {("age", "drift")}


def test_a_window_that_is_looked_at_again_is_one_run(weekly: Path, tmp_path: Path) -> None:
    base = copy_of(weekly, tmp_path)
    lines = traffic(_day(0), seed=7)
    history = base / "processing/input/history/runs-2026-09.jsonl"
    look(base, lines, _day(0))
    once = history.read_bytes()
    look(base, lines, _day(0))
    assert history.read_bytes() == once
    # Rows that come late make it another result, which counts; what is no run is kept and passed over.
    history.write_bytes(once + b"{cut off")
    look(base, lines[: len(lines) // 2], _day(0))
    found = history.read_text().splitlines()
    assert [each[:8] for each in found] == ['{"versio', "{cut off", '{"versio']
    assert look(base, lines, _day(1))["state"] == "no traffic"


def test_hours_that_the_baseline_does_not_know_are_left_out_and_said(weekly: Path, tmp_path: Path) -> None:
    base = copy_of(weekly, tmp_path, minimum_rows=150)
    report = look(base, [*traffic(_day(0), seed=8), captured("40,Bern", "0.5", at="")], _day(0))
    assert set(report["left_out"]) == {
        "rows of hours of which the baseline has fewer than 150 rows",
        "rows without a time",
    }
    assert report["left_out"]["rows without a time"] == 1
    assert report["rows"] + sum(report["left_out"].values()) == len(traffic(_day(0), seed=8)) + 1
    assert report["state"] == "fine"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"season": "hour of week"}, "requires `time`"),
        ({"season": "hour of week", "time": "when"}, "takes rows of at least 14 days, got rows from"),
        ({"season": "hour of day", "time": "age"}, "got rows without a time"),
        ({"time": "then"}, "time must be one of the columns when, age, got: then"),
        ({"season": "moon"}, "season must be one of none, hour of day, hour of week"),
        ({"time_zone": "Bern"}, "time_zone must be a name such as Europe/Zurich, got: Bern"),
        ({"reference": "floating"}, "reference must be one of fixed, rolling"),
    ],
)
def test_seasons_that_rows_do_not_show_are_refused(tmp_path: Path, settings: Mapping[str, str], reason: str) -> None:
    rows = tmp_path / "processing/input/rows/train.csv"
    rows.parent.mkdir(parents=True)
    rows.write_text("when,age\n" + "".join(f"2026-11-{day % 9 + 1:02}T05:00:00Z,{day}.5\n" for day in range(100)))
    given = tmp_path / "processing/input/settings/settings.json"
    given.parent.mkdir(parents=True)
    given.write_text(json.dumps(settings))
    with pytest.raises(Exception, match=reason.replace("`", ".")):
        make_baseline(Folders(tmp_path, {}))


def _day(number: int) -> datetime:
    return FIRST + timedelta(days=number)
