"""Decisions are numbered without gaps, short, and say the same three things."""

from pathlib import Path

import pytest

from harness.documents import PROJECT, name

DECISIONS = sorted((PROJECT / "docs" / "decisions").glob("[0-9]*"))


def test_numbers_have_no_gap() -> None:
    assert [path.name[:5] for path in DECISIONS] == [f"{number:04}-" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("decision", DECISIONS, ids=name)
def test_a_decision_says_why_what_and_what_follows(decision: Path) -> None:
    text = decision.read_text()
    assert text.startswith(f"# {decision.name[:4]} ")
    assert [
        part for part in ("**Status:**", "**Context.**", "**Decision.**", "**Consequences.**") if part not in text
    ] == []
    assert len(text.splitlines()) <= 40
