"""The 21 metrics of bias, as `smclarify` finds them, and where there is nothing to find."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy
import pytest

from harness.monitor.people import People, people_of
from monitor.bias.metrics import POST_TRAINING, PRE_TRAINING, Cell, bias_metrics, flip_test

GOLDEN: list[dict[str, Any]] = json.loads((Path(__file__).parent / "golden" / "bias.json").read_text())


def cells(people: People) -> list[Cell]:
    columns = (people.disadvantaged, people.team, people.label, people.predicted)
    counted = Counter(zip(*(each.tolist() for each in columns), strict=True))
    return [Cell(of_d, team, label, said, rows) for (of_d, team, label, said), rows in counted.items()]


def test_all_metrics_are_those_of_fifty_judged_tables() -> None:
    assert len(GOLDEN) == 50
    for table in GOLDEN:
        people = people_of(table["seed"])
        found = bias_metrics(cells(people), "yes")
        found["FT"] = flip_test(people.numbers, people.predicted, people.disadvantaged)
        assert set(found) == {*PRE_TRAINING, *POST_TRAINING} == set(table["metrics"])
        assert found == pytest.approx(table["metrics"], rel=0, abs=1e-9), table["seed"]


def test_labels_of_one_facet_alone_are_not_left_out() -> None:
    """Where theirs drops them: a divergence below 0, and a distance that is too small."""
    rows = [Cell(False, "", "yes", True, 50), Cell(False, "", "no", False, 50),
            Cell(True, "", "yes", True, 60), Cell(True, "", "late", False, 40)]  # fmt: skip
    found = bias_metrics(rows, "yes")
    assert found["KL"] is None
    assert found["TVD"] == pytest.approx(0.5)
    assert found["KS"] == pytest.approx(0.5)
    assert found["JS"] == pytest.approx(0.30, abs=0.02)


def test_what_a_facet_has_none_of_is_not_defined() -> None:
    rows = [Cell(False, "", "1", True, 30), Cell(False, "", "0", True, 10), Cell(True, "", "0", False, 20)]
    found = bias_metrics(rows, "1")
    # Nobody of facet d has the label 1: there is no recall, where theirs says 0 and a difference of 1.
    assert found["RD"] is None
    assert found["DAR"] is None
    assert found["DI"] == 0
    assert found["DPPL"] == 1
    assert set(bias_metrics(rows[:2], "1").values()) == {None}
    assert flip_test(numpy.zeros((2, 1)), numpy.ones(2, dtype=bool), numpy.ones(2, dtype=bool)) is None
    wrong = [Cell(False, "", "1", False, 5), Cell(True, "", "1", False, 5)]
    assert bias_metrics(wrong, "1")["GE"] is None
