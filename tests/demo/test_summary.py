"""The summary on a screen of 80 columns."""

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from demo.deployment import Answered
from demo.held_out import Answer
from demo.summary import Summary, Trained, show_in, shown_in

JOB = "ml-platform-dev-training-training-e8c333cd-9d4e11395448e651"
URL = "http://127.0.0.1:44881/restapis/0a1b2c3d4e/dev/_user_request_/invocations"
SUMMARY = Summary(
    stacks={"ml-platform-dev-batch-transform": 12},
    trained=Trained(JOB, image="image", metrics={"validation:accuracy": 0.96, "validation:auc": 0.99}, seconds=2),
    answered=[
        Answered(
            "front door",
            "POST /dev/invocations to ml-platform-dev-real-time-endpoint-a67feffe",
            "114 rows as JSON over HTTP; a bad body; no key",
            "200: 110 of 114 right; 400 for a bad body; 403 without the key; behind 4 rules of a firewall",
            [Answer(row=1, label="malignant", score=0.99, truth="malignant")],
            again=f"curl {URL}",
        )
    ],
    timings={"cdk deploy: image, foundation, training, every way of serving": 32.3},
    state=Path(".emulator/demo"),
    report=Path(".emulator/demo/report/index.html"),
)


def test_nothing_breaks_within_a_word() -> None:
    console = Console(width=80, file=StringIO(), record=True)
    SUMMARY.print(console)
    told = console.export_text()
    assert max(map(len, told.splitlines())) <= 80
    front_door = SUMMARY.answered[0]
    for text in (JOB, URL, front_door.endpoint, front_door.asked, front_door.answered, *SUMMARY.timings):
        for word in text.split():
            assert re.search(rf"(^|[\s│]){re.escape(word)}($|[\s│])", told, re.MULTILINE), word


def test_the_report_is_named_where_there_is_one() -> None:
    console = Console(width=80, file=StringIO(), record=True)
    SUMMARY.print(console)
    replace(SUMMARY, report=None).print(console)
    told = console.export_text()
    assert told.count(".emulator/demo/report/index.html") == 1
    assert "None" not in told


def test_what_the_readme_shows_fits_its_page() -> None:
    assert max(map(len, SUMMARY.shortened().splitlines())) <= 80
    assert "403 without the key" in SUMMARY.shortened()


def test_results_take_the_place_of_those_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("`make demo` ends like this (shortened):\n\n```\nbefore\n```\n\n```\nother\n```\n")
    show_in(page, "after")
    assert page.read_text() == "`make demo` ends like this (shortened):\n\n```\nafter\n```\n\n```\nother\n```\n"
    assert shown_in(page) == "after\n"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="has no block"):
        shown_in(page)
