"""The pages of example configurations say what is synthesized and estimated today."""

import json
from pathlib import Path

from sagemaker_constructs.cost.estimates import Bound
from tools.cost.configuration_pages import EXAMPLES, FOLDER, PROJECT, pages, written


def test_the_pages_are_current() -> None:
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == written(), "run: make snapshots"


def test_every_example_has_a_page() -> None:
    files = {str(path.relative_to(PROJECT / "config")) for path in (PROJECT / "config" / "examples").glob("*.yaml")}
    assert files == {example.file for example in EXAMPLES} - {"dev.yaml"}


def test_what_is_offered_as_cheaper_is_so() -> None:
    for page in pages():
        dearer = [
            words for words, other in page.cheaper if other.usd(Bound.EXPECTED) >= page.found.usd(Bound.EXPECTED)
        ]
        assert dearer == [], page.example.title


def test_the_schema_is_named_from_where_the_example_lies() -> None:
    for path in (PROJECT / "config" / "examples").glob("*.yaml"):
        named = path.read_text().splitlines()[0].rpartition("=")[2]
        assert "platform" in json.loads((path.parent / Path(named)).read_text())["properties"]
