"""The table of what the environments have by the month."""

import pytest

from tools.cost.monthly_quantities import README, with_table


def test_the_table_of_the_readme_is_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_table(text) == text, "Run: make snapshots"


def test_a_readme_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="must stand once in the text, got: 0"):
        with_table("# no marks")
