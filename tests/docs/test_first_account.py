"""The page about the first hour in an account says what the templates of `minimal` ask for and cost today."""

from tools.cost.first_account import PAGE, written


def test_the_tables_are_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "run: make snapshots"


def test_the_tables_have_what_a_deployment_fails_for() -> None:
    text = written()
    assert "| ml.m5.large for training job usage | 1 |" in text
    assert "instance-hours of ml.m5.large training" in text
