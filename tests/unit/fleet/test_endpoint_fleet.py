"""Which row is in which stack, what is deployed before what, and what is refused."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.problems import InvalidInput, Problem, reject
from sagemaker_constructs.fleet.endpoint_fleet import EndpointFleet, shares_of, wave_of
from sagemaker_constructs.fleet.fleet_table import FleetRow, FleetTable


def _topic(scope: Construct, row: FleetRow) -> None:
    """Stands for what a row is: which stack has it does not depend on that."""
    sns.CfnTopic(scope, "Topic", display_name=row.get("text", row.name))


def _names(count: int, *more: str) -> list[dict[str, str]]:
    return [*({"name": f"shop-{number}"} for number in range(count)), *({"name": name} for name in more)]


def _templates(
    folder: Path,
    rows: Sequence[dict[str, str]],
    build: Callable[[Construct, FleetRow], object] = _topic,
    **arguments: Any,
) -> dict[str, str]:
    """The text of each template by its stack."""
    app = App(outdir=str(folder))
    EndpointFleet(
        app, "Shops", table=FleetTable.of(rows), build=build, stacks=arguments.pop("stacks", 48), **arguments
    )
    assembly = app.synth()
    return {stack.stack_name: Path(stack.template_full_path).read_text() for stack in assembly.stacks}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The templates of a fleet of a thousand."""
    return _templates(tmp_path_factory.mktemp("before"), _names(1000))


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(_names(1000, "shop-new"), id="added"),
        pytest.param(_names(999), id="removed"),
        pytest.param([{"name": "shop-0", "text": "other"}, *_names(1000)[1:]], id="changed"),
    ],
)
def test_a_row_of_a_thousand_changes_one_template(
    before: dict[str, str], tmp_path: Path, after: list[dict[str, str]]
) -> None:
    changed = _templates(tmp_path / "after", list(reversed(after)))
    assert before.keys() == changed.keys()
    assert sum(before[name] != changed[name] for name in before) == 1


def test_with_more_stacks_rows_move_to_the_new_ones_alone() -> None:
    table = FleetTable.of(_names(1000))
    before = {row.name: share for share, rows in shares_of(table, 48).items() for row in rows}
    after = {row.name: share for share, rows in shares_of(table, 50).items() for row in rows}
    moved = [name for name, share in before.items() if after[name] != share]
    assert {after[name] for name in moved} == {48, 49}
    # Two of fifty stacks take about 40 of 1,000 rows.
    assert 20 < len(moved) < 60


def test_waves_wait_for_all_of_the_one_before(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    fleet = EndpointFleet(
        app, "Shops", table=FleetTable.of(_names(300)), stacks=10, build=_topic, waves=(0.1, 0.5, 1)
    )
    assembly = app.synth()
    waves = {stack.artifact_id: wave_of(share, 10, (0.1, 0.5, 1)) for share, stack in fleet.stacks.items()}
    assert sorted(waves.values()) == [1, 2, 2, 2, 2, 3, 3, 3, 3, 3]
    for stack in assembly.stacks:
        before = {each.id for each in stack.dependencies if not each.id.endswith(".assets")}
        assert before == {name for name, wave in waves.items() if wave == waves[stack.id] - 1}


def test_a_stack_without_rows_is_not_there_and_a_wave_without_stacks_is_passed_over(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    fleet = EndpointFleet(app, "Shops", table=FleetTable.of(_names(2)), stacks=100, build=_topic)
    app.synth()
    assert len(fleet.stacks) == 2


def test_the_template_says_which_rows_it_has(tmp_path: Path) -> None:
    rows = [{"name": "a", "owner": "risk"}, {"name": "b", "owner": ""}]
    [text] = _templates(tmp_path, rows, stacks=1, shown=["owner"]).values()
    told = json.loads(text)["Metadata"]["sagemaker-constructs:fleet"]
    assert told == {"wave": 1, "rows": {"a": {"owner": "risk"}, "b": {"owner": ""}}}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"stacks": 0}, "Shops: stacks must be between 1 and 500, got: 0"),
        ({"waves": (0.5,)}, "Shops: waves must rise to 1, such as (0.05, 0.25, 1), got: (0.5,)"),
        ({"waves": (0.5, 0.2, 1)}, "Shops: waves must rise to 1, such as (0.05, 0.25, 1), got: (0.5, 0.2, 1)"),
        (
            {"stacks": 2},
            "must be more, such as 4: 54 of 100 rows fall into stack 001, and most_per_stack is 40, got: 2",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)):
        _templates(tmp_path, _names(100), **arguments)


def test_the_advised_number_of_stacks_has_room() -> None:
    for rows in (41, 100, 1000, 5000):
        with pytest.raises(InvalidInput) as refused:
            EndpointFleet(App(), "Shops", table=FleetTable.of(_names(rows)), stacks=1, build=_topic)
        [advised] = re.findall(r"such as (\d+):", str(refused.value))
        assert max(map(len, shares_of(FleetTable.of(_names(rows)), int(advised)).values())) <= 40


def test_a_fleet_within_a_stack_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Around/Shops: scope must be an app, a stage or a construct in one"):
        EndpointFleet(Stack(App(), "Around"), "Shops", table=FleetTable.of(_names(1)), stacks=1, build=_topic)


def test_what_all_rows_are_refused_for_is_said_at_once() -> None:
    def build(scope: Construct, row: FleetRow) -> None:
        if row.name != "b":
            reject(scope, [Problem("size", f"must be small, got: {row.name}")])

    with pytest.raises(InvalidInput) as refused:
        EndpointFleet(App(), "Shops", table=FleetTable.of([{"name": each} for each in "abc"]), stacks=1, build=build)
    assert refused.value.lines == (
        "Shops: rows[0] Shops/000/a size must be small, got: a",
        "Shops: rows[2] Shops/000/c size must be small, got: c",
    )
