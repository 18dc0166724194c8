"""Manifests and categories, as jobs read them; what is none is refused with its line."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.labeling.consolidation import Label
from lambdas.labeling.manifests import (
    UnreadableManifestError,
    augmented,
    category_file,
    read_categories,
    read_manifest,
    reference_lines,
    text_lines,
    written_manifest,
)
from lambdas.labeling.task_types import TASK_TYPES


def test_what_is_written_is_read_again() -> None:
    lines = [*reference_lines(["s3://b/ä.png"]), *text_lines(['two\nlines of "text"', "a\u2028b\x0cc"])]
    written = written_manifest(lines)
    assert written.count("\n") == 3
    assert "ä" in written
    assert read_manifest(written) == lines


def test_empty_lines_mean_nothing() -> None:
    assert read_manifest('\n{"source": "a"}\n\n') == [{"source": "a"}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"source": "a"}\n{"source":', "line 2 is no JSON object"),
        ("[1]", "line 1 has neither source-ref nor source"),
        ('{"image": "s3://b/a.png"}', "line 1 has neither"),
        (json.dumps({"source": "a" * 100_000}), "line 1 has 100014 characters"),
    ],
)
def test_what_is_no_manifest_is_refused_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(UnreadableManifestError, match=reason):
        read_manifest(text)


def test_a_label_takes_the_place_of_one_of_the_same_name_and_all_else_stays() -> None:
    line: dict[str, Any] = {"source": "a", "mood": 3, "mood-metadata": {}, "id": "x"}
    now = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    label = Label(1, {"class-name": "good", "confidence": 0.0})
    again = augmented(line, "mood", TASK_TYPES["TextMultiClass"], label, job="Mood", now=now)
    assert again["mood"] == 1
    assert again["id"] == "x"
    assert again["mood-metadata"]["creation-date"] == "2026-11-29T12:00:00.000000"
    assert line["mood"] == 3


def test_categories_keep_their_order() -> None:
    written = category_file(["b", "a"], audits="boxes", instructions={"shortInstruction": "<p>Look</p>"})
    assert read_categories(written) == ["b", "a"]
    assert json.loads(written) == {
        "document-version": "2018-11-28",
        "labels": [{"label": "b"}, {"label": "a"}],
        "auditLabelAttributeName": "boxes",
        "instructions": {"shortInstruction": "<p>Look</p>"},
    }
