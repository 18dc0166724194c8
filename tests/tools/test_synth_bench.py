"""The benchmark of synthesis: its replay is equal, its counter counts, and our calls stay in their budget."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from synth import runs
from synth.comparison import Samples, Sizes
from synth.profile import crossings_of_one_more
from synth.report import added, report
from synth.runs import Phase, Run

CALLS_PER_ENDPOINT = 20
CALLS_PER_ROW = 39
CALLS_OF_THE_PLATFORM = 2161
"""The most requests to jsii that one more endpoint may make. Lower it whenever some are saved."""

KINDS = ("create", "get", "set", "invoke", "sget", "sset", "sinvoke", "callbacks", "complete")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("synth")


@pytest.fixture(scope="module")
def two(folder: Path) -> Run:
    return runs.ours(2, mode="count", outdir=folder / "two")


@pytest.fixture(scope="module")
def four(folder: Path) -> Run:
    return runs.ours(4, mode="count", outdir=folder / "four")


def test_the_replay_is_equal_and_crosses_for_each_resource(folder: Path, two: Run) -> None:
    replayed = runs.replay(folder / "two", mode="count", outdir=folder / "replay")
    assert replayed.resources == two.resources > 10
    made = [crossing for crossing in replayed.crossings if crossing["target"] == "CfnResource"]
    assert {crossing["kind"] for crossing in made} == {"create"}
    assert sum(crossing["count"] for crossing in made) == two.resources
    assert made[0]["caller"] == "benchmarks/synth/apps/replay.py:Replay.__init__"
    assert runs.templates(folder / "replay") == runs.templates(folder / "two") != {}


def test_a_replay_that_differs_is_refused(folder: Path, two: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def templates(assembly: Path) -> dict[str, Any]:
        return {"Stack": {"Description": assembly.name}}

    monkeypatch.setattr(runs, "templates", templates)
    with pytest.raises(SystemExit, match="gives other templates"):
        runs.replay(folder / "two", mode="time", outdir=folder / "differs")


def test_every_kind_of_call_is_counted(two: Run) -> None:
    kinds: Counter[str] = Counter()
    for crossing in two.crossings:
        kinds[crossing["kind"]] += crossing["count"]
    assert kinds["load"] >= 3
    # The words of the kernel's protocol; which of them our construct needs is its own affair.
    assert {"create", "get", "invoke"} <= kinds.keys() <= {*KINDS, "load"}
    assert sum(kinds.values()) == two.calls


def test_one_more_endpoint_stays_within_its_budget_of_calls(two: Run, four: Run) -> None:
    found = crossings_of_one_more(two, four, 2)
    assert sum(found.values()) <= CALLS_PER_ENDPOINT, found.most_common(30)


def test_rows_of_a_fleet_cost_the_same_however_many_there_are(folder: Path) -> None:
    calls = [runs.fleet(rows, stacks=3, mode="count", outdir=folder / f"{rows}").calls for rows in (20, 40, 60)]
    first, second = calls[1] - calls[0], calls[2] - calls[1]
    # All stacks have rows from 20 on, so that nothing but rows is added.
    assert first == second
    assert first <= 20 * CALLS_PER_ROW


@pytest.mark.whole
def test_a_fleet_of_a_thousand_endpoints_takes_less_than_a_gigabyte(folder: Path) -> None:
    fleet = runs.fleet(1000, stacks=48, mode="time", outdir=folder / "fleet")
    assert fleet.resources > 10_000
    assert fleet.megabytes < 1000


def test_the_platform_stays_within_its_budget_and_its_replay_is_equal(folder: Path) -> None:
    platform = runs.platform(mode="count", outdir=folder / "platform")
    assert platform.calls <= CALLS_OF_THE_PLATFORM
    replayed = runs.platform_replay(folder / "platform", mode="count", outdir=folder / "platform-replay")
    assert replayed.resources == platform.resources > 100
    assert replayed.calls < platform.calls


def test_the_phases_of_the_platform_are_told_apart(folder: Path) -> None:
    found = runs.phases(folder)
    assert len(found) == 6
    assert all(phase.python > 0 and phase.node >= 0 for phase in found)
    # Node resolves and writes the templates.
    assert found[-1].node > found[-1].python


def test_an_app_that_is_timed_is_not_counted(folder: Path) -> None:
    timed = runs.empty(mode="time", outdir=folder / "empty")
    assert (timed.calls, timed.resources) == (0, 0)
    assert timed.cpu > 0.1
    assert timed.megabytes > 100


def test_the_report_puts_each_figure_beside_its_goal() -> None:
    def samples(cpu: float, resources: int) -> Samples:
        return Samples([Run(cpu, 1.0, 100.0, resources, ())])

    sizes = Sizes(few=15, many=150, very_many=1000)
    found = {
        "ours few": samples(1.0, 150),
        "ours many": samples(3.7, 1500),
        "ours very many": samples(20.7, 10000),
        "replay few": samples(1.0, 150),
        "replay many": samples(2.35, 1500),
        "alpha few": samples(1.0, 75),
        "alpha many": samples(2.35, 750),
        "empty": samples(1.0, 0),
        "platform": samples(3.5, 294),
        "platform replay": samples(2.0, 294),
    }
    assert added(found["ours few"], found["ours many"], 135).milliseconds == pytest.approx(20.0)
    parts = [Phase("the stacks are made", 1.25, 2.5)]
    text = report(found, parts, sizes, date="2026-01-02", machine="2 cores", rounds=3)
    assert "| CPU for one more endpoint, ÷ replay | 2.00 | ≤ 2 | ✔ |" in text
    assert "| CPU for one more endpoint's resource, ÷ alpha L2 | 1.00 | ≤ 0.65 | ✘ |" in text
    assert "| CPU of the dev platform, ÷ empty app | 3.50 | ≤ 3 | ✘ |" in text
    assert "| CPU for one more endpoint, 150 to 1,000 ÷ 15 to 150 | 1.00 | ≤ 1.2 | ✔ |" in text
    assert "| peak memory with 1,000 endpoints, in GB | 0.10 | ≤ 1 | ✔ |" in text
    assert "| our construct | 20.0 | 10.00 | 2.00 | 0.0 | 0.00 |" in text
    assert "| the dev platform | 3.50 | 1.00 | 100 | 294 |" in text
    assert "| its templates and assets replayed | 2.00 | 1.00 | 100 | 294 |" in text
    assert "| the stacks are made | 1.25 | 2.50 | 3.75 |" in text
