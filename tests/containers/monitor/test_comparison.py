"""A challenger against the champion: what is recommended, of what, and why."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.monitor.captured import captured, told, write_lines, write_truth
from harness.monitor.variants import (
    BINARY,
    DAY,
    Asked,
    labels,
    tell,
    write_operation,
    write_settings,
    write_shadow,
    write_shares,
)
from monitor.command import main
from monitor.comparison.comparing import compare
from monitor.folders import Folders
from monitor.settings import SettingsError

WINDOW = {"window_start": "2026-11-29T00:00:00Z", "window_end": "2026-11-30T00:00:00Z"}


def look(base: Path, **variables: str) -> Mapping[str, Any]:
    """Run it; the report."""
    compare(Folders(base, {**WINDOW, **variables}))
    return json.loads((base / "processing/output/report/report.json").read_text())


def next_look(base: Path) -> None:
    """What the run has left is there for the one after it, whose files are others."""
    (base / "processing/input/history").mkdir(exist_ok=True)
    for each in (base / "processing/output/history").iterdir():
        each.replace(base / "processing/input/history" / each.name)
    for name in ("captured", "truth"):
        (base / "processing/input" / name).rename(base / "processing/input" / f"before-{name}")


@pytest.mark.parametrize(
    ("champion", "challenger", "recommended"),
    [(0.2, 0.12, "promote"), (0.12, 0.2, "keep"), (0.15, 0.15, "not enough"), (0.0, 0.0, "keep")],
)
def test_of_a_shadow_test(tmp_path: Path, champion: float, challenger: float, recommended: str) -> None:
    asked = [*labels(2_000, 3, champion=champion, challenger=challenger)]
    write_settings(tmp_path)
    write_shadow(tmp_path, asked)
    tell(tmp_path, asked)
    report = look(tmp_path)
    assert (report["state"], report["paired"]) == (recommended, {"inference id": 2_000}), report["says"]
    wrong = sum(each.champion != each.truth for each in asked) / 2_000
    also = sum(each.challenger != each.truth for each in asked) / 2_000
    assert report["evidence"]["champion_error"] == pytest.approx(wrong)
    assert report["decision"]["effect"] == pytest.approx(wrong - also)
    assert report["agreement"]["same"] == sum(each.champion == each.challenger for each in asked)
    assert sum(rows for *_, rows in report["differing"]) == 2_000


@pytest.mark.parametrize(
    ("champion", "challenger", "recommended"),
    [(0.25, 0.12, "promote"), (0.12, 0.25, "keep"), (0.2, 0.2, "not enough")],
)
def test_of_variants_that_share_the_requests(
    tmp_path: Path, champion: float, challenger: float, recommended: str
) -> None:
    asked = [*labels(4_000, 4, champion=champion, challenger=challenger)]
    write_settings(tmp_path, shadow=False)
    write_shares(tmp_path, asked, [0.2, 0.5])
    tell(tmp_path, asked)
    report = look(tmp_path)
    assert report["state"] == recommended, report["says"]
    rows = report["evidence"]["champion_rows"] + report["evidence"]["challenger_rows"]
    assert (rows, report["agreement"]) == (4_000, None)


def test_a_share_of_traffic_that_follows_the_hour_favours_nobody(tmp_path: Path) -> None:
    # The challenger gets most requests of the hours that are hard, and few of those that are easy.
    easy = [each for each in labels(6_000, 6, champion=0.05, challenger=0.05) if each.hour % 2]
    hard = [each for each in labels(6_000, 7, champion=0.4, challenger=0.4) if not each.hour % 2]
    write_settings(tmp_path, shadow=False)
    write_shares(tmp_path, [*easy, *hard], [0.8, 0.2])
    tell(tmp_path, [*easy, *hard])
    report = look(tmp_path)
    evidence = report["evidence"]
    assert evidence["challenger_error"] - evidence["champion_error"] > 0.15, "as if it were much worse"
    assert (report["state"], abs(report["decision"]["effect"]) < 0.03) == ("not enough", True), report["says"]


def test_without_a_name_answers_to_the_same_request_belong_together(tmp_path: Path) -> None:
    asked = [*labels(1_200, 8, champion=0.3, challenger=0.1)]
    write_settings(tmp_path)
    write_shadow(tmp_path, asked, named=False)
    # All lines have the same event id, which pairs nothing.
    report = look(tmp_path)
    assert report["paired"] == {"same request": 1_200}
    assert report["agreement"]["same"] == sum(each.champion == each.challenger for each in asked)


def test_requests_that_only_one_has_answered_are_no_pairs(tmp_path: Path) -> None:
    asked = [*labels(600, 9, champion=0.2, challenger=0.2)]
    write_settings(tmp_path)
    write_shadow(tmp_path, asked)
    lines = [each.line(each.champion, inference=f"{each.name}-alone") for each in asked[:50]]
    write_lines(
        tmp_path,
        [*lines, "torn", captured("1,2", None)],
        "b.jsonl",
        f"processing/input/captured/churn/Champion/{DAY}/07",
    )
    report = look(tmp_path)
    assert (report["rows"], report["champion"]["rows"], report["challenger"]["rows"]) == (600, 651, 600)
    assert report["lost"] == {"no line of data capture": 1}


def test_looks_add_up_and_each_truth_counts_once(tmp_path: Path) -> None:
    asked = [*labels(1_000, 10, champion=0.2, challenger=0.1)]
    write_settings(tmp_path)
    write_shadow(tmp_path, asked)
    tell(tmp_path, asked[:400], f"{DAY}/20")
    first = look(tmp_path)
    assert (first["state"], first["evidence"]["champion_rows"], first["truth"]["waiting"]) == ("not enough", 400, 600)
    assert "fewer than 500" in first["says"]

    # A day later the rest is known, and some is told again, in another way.
    next_look(tmp_path)
    (tmp_path / "processing/input/before-captured").rename(tmp_path / "processing/input/earlier")
    (tmp_path / "processing/input/before-truth").rename(tmp_path / "processing/input/earlier-truth")
    again = [told(each.name, "1" if each.truth == "0" else "0") for each in asked[:100]]
    write_truth(tmp_path, [told(each.name, each.truth) for each in asked[400:]], "2026/11/30/05")
    write_truth(tmp_path, again, "2026/11/30/06")
    tomorrow = {"window_start": "2026-11-30T00:00:00Z", "window_end": "2026-12-01T00:00:00Z"}
    second = look(tmp_path, **tomorrow)
    assert (second["state"], second["evidence"]["champion_rows"], second["looks"]) == ("promote", 1_000, 2)
    assert (second["truth"]["judged"], second["truth"]["told_again"], second["rows"]) == (600, 100, 0)
    right = sum(each.champion != each.truth for each in asked) / 1_000
    assert second["evidence"]["champion_error"] == pytest.approx(right)
    # The same window once more changes nothing.
    assert look(tmp_path, **tomorrow) == second


def test_another_challenger_begins_anew(tmp_path: Path) -> None:
    asked = [*labels(1_000, 11, champion=0.2, challenger=0.1)]
    write_settings(tmp_path)
    write_shadow(tmp_path, asked)
    tell(tmp_path, asked)
    pair = {"champion": {"model": "m1"}, "challenger": {"model": "m2"}, "since": "2026-11-29T12:00:00Z"}
    write_operation(tmp_path, pair)
    first = look(tmp_path)
    assert first["rows"] == 500, "what was asked before the two were there is not theirs"
    next_look(tmp_path)
    write_operation(tmp_path, {**pair, "challenger": {"model": "m3"}, "since": "2026-11-30T06:00:00Z"})
    second = look(tmp_path, window_start="2026-11-30T00:00:00Z", window_end="2026-12-01T00:00:00Z")
    assert (second["looks"], second["rows"], second["state"]) == (1, 0, "no traffic")


def test_the_same_answers_are_enough_where_they_are_asked_for(tmp_path: Path) -> None:
    settings = {"aim": "same", "answers": {"outputs": ["y"]}}
    same = [Asked(f"i{n}", n % 24, "1", "1", "") for n in range(1_000)]
    other = [Asked(f"j{n}", n % 24, "1", "0", "") for n in range(60)]
    for name, asked, expected in (("a", same, "promote"), ("b", [*same, *other], "keep")):
        base = tmp_path / name
        write_settings(base, **settings)
        write_shadow(base, asked)
        report = look(base)
        assert report["state"] == expected, report["says"]
        assert report["decision"]["least"] <= report["agreement"]["share"] <= report["decision"]["most"]


def test_numbers_are_compared_by_their_errors(tmp_path: Path) -> None:
    settings = {"answers": {"problem": "Regression", "prediction": "y", "outputs": ["y"]}, "better_by": 0.05}
    asked = [
        Asked(f"i{n}", n % 24, str(n % 7 + 2 * (-1) ** n), str(n % 7 + 1.0 * (-1) ** n), str(n % 7))
        for n in range(900)
    ]
    write_settings(tmp_path, **settings)
    write_shadow(tmp_path, asked)
    tell(tmp_path, asked)
    report = look(tmp_path)
    assert (report["state"], report["decision"]["effect"]) == ("promote", pytest.approx(0.5)), report["says"]
    assert report["says"] == "the challenger's mean error is smaller by 50.00%"
    assert len(report["differing"][0]) == 9
    assert report["agreement"]["apart"] == pytest.approx(1.0)


def test_probabilities_are_compared_by_their_squared_errors(tmp_path: Path) -> None:
    own = {"problem": "BinaryClassification", "probability": "p", "outputs": ["p"]}
    asked = [
        Asked(f"i{n}", n % 24, "0.7" if n % 2 else "0.3", "0.9" if n % 2 else "0.1", str(n % 2)) for n in range(800)
    ]
    write_settings(tmp_path, answers=own, measure="probabilities")
    write_shadow(tmp_path, asked)
    tell(tmp_path, asked)
    report = look(tmp_path)
    # All of the labels are right, and the challenger is surer of them.
    assert (report["state"], report["agreement"]["share"]) == ("promote", 1.0)
    assert report["decision"]["effect"] == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("hours", "hindered"),
    [([[100, 0, 10, 40], [100, 0, 10, 45]], ""), ([[100, 0, 10, 40], [100, 0, 10, 90]], "takes 125% longer"),
     ([[100, 0, 10, 40], [100, 3, 10, 40]], "fails 3.00% of requests, where the champion fails 0.00%")],
)  # fmt: skip
def test_a_better_challenger_that_is_slower_or_fails_is_not_recommended(
    tmp_path: Path, hours: Any, hindered: str
) -> None:
    asked = [*labels(1_000, 12, champion=0.2, challenger=0.1)]
    write_settings(tmp_path)
    write_shadow(tmp_path, asked)
    tell(tmp_path, asked)
    sides = ({"model": "m", "hours": [["2026-11-29T07:00:00Z", *each]]} for each in hours)
    write_operation(tmp_path, {**dict(zip(("champion", "challenger"), sides, strict=True)), "since": ""})
    report = look(tmp_path)
    assert (report["state"] == "keep") == bool(hindered)
    assert hindered in report["says"]


def test_few_answers_and_few_days_decide_nothing(tmp_path: Path) -> None:
    asked = [*labels(1_000, 13, champion=0.3, challenger=0.1)]
    write_settings(tmp_path, minimum_days=7)
    write_shadow(tmp_path, asked)
    tell(tmp_path, asked)
    report = look(tmp_path)
    assert (report["state"], report["says"]) == ("not enough", "requests of 1.0 days are fewer than of 7")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"aim": "same", "shadow": False}, "copies of requests"),
        ({"answers": {}}, "requires answers with a problem"),
        ({"measure": "probabilities"}, "with a probability"),
        ({"false_promotions": 1.5}, "above 0 and below 1"),
        ({"answers": {**BINARY, "prediction": "other"}}, "must be one of the outputs y, got: other"),
        ({"unknown": 1}, "must be an object"),
    ],
)
def test_settings_that_say_nothing_are_refused(tmp_path: Path, settings: Mapping[str, Any], says: str) -> None:
    write_settings(tmp_path, **settings)
    write_shadow(tmp_path, [*labels(60, 14, champion=0.1, challenger=0.1)])
    with pytest.raises(SettingsError, match=says):
        look(tmp_path)


def test_it_is_a_command_of_the_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path)
    for name, value in {"SAGEMAKER_BASE_DIR": str(tmp_path), **WINDOW}.items():
        monkeypatch.setenv(name, value)
    assert main(["compare"]) == 0
    assert (tmp_path / "output/message").read_text() == "no traffic: no answers of both have a truth yet"
