"""docs/comparison.md and docs/comparison-by-domain.md: each statement has a file to stand on."""

import re

import pytest

from harness.documents import PROJECT, rows

PAGE = PROJECT / "docs" / "comparison.md"
OTHERS = ("CDK alpha L2", "generative-ai-cdk-constructs", "aiops-modules", "aws-ia Terraform", "MDAA")
HEADER = ("point", "here", *OTHERS)
ROWS = list(rows(PAGE, *HEADER))
DEFINED = dict(re.findall(r"^\[([\w-]+)\]: (\S+)$", PAGE.read_text(), re.MULTILINE))


def test_there_is_a_table() -> None:
    assert len(ROWS) > 20
    assert all(len(row) == len(HEADER) for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_said_of_this_library_names_files_that_exist(row: list[str]) -> None:
    links = re.findall(r"\]\(([^)]+)\)", row[1])
    assert links
    assert all((PAGE.parent / link).is_file() for link in links)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_said_of_others_names_a_file_or_says_no(row: list[str]) -> None:
    for cell in row[2:]:
        named = re.findall(r"\]\[([\w-]+)\]", cell)
        assert cell == "no" or (named and set(named) <= set(DEFINED))


def test_every_file_is_named_with_its_version_and_used() -> None:
    text = PAGE.read_text()
    for name, address in DEFINED.items():
        assert re.fullmatch(r"https://github\.com/[\w-]+/[\w.-]+/blob/[0-9a-f]{40}/\S+", address)
        assert text.count(f"][{name}]") >= 2


BY_DOMAIN = PROJECT / "docs" / "comparison-by-domain.md"
TWO = ("aiops-modules", "MDAA")
OF_DOMAINS = list(rows(BY_DOMAIN, "point", "here", *TWO))
NAMED = dict(re.findall(r"^\[([\w-]+)\]: (\S+)$", BY_DOMAIN.read_text(), re.MULTILINE))


def test_every_domain_has_its_rows() -> None:
    assert len(OF_DOMAINS) > 40
    assert all(len(row) == 2 + len(TWO) for row in OF_DOMAINS)
    assert BY_DOMAIN.read_text().count("| point | here |") == 8


@pytest.mark.parametrize("row", OF_DOMAINS, ids=lambda row: row[0])
def test_what_is_said_of_a_domain_names_files(row: list[str]) -> None:
    links = re.findall(r"\]\(([^)]+)\)", row[1])
    assert all((BY_DOMAIN.parent / link).is_file() for link in links)
    assert links or row[1].startswith(("no", "one "))
    for cell in row[2:]:
        named = re.findall(r"\]\[([\w-]+)\]", cell)
        assert cell == "no" or cell.startswith("one ") or (named and set(named) <= set(NAMED))


def test_every_file_of_a_domain_is_named_with_its_version_and_used() -> None:
    text = BY_DOMAIN.read_text()
    for name, address in NAMED.items():
        assert re.fullmatch(r"https://github\.com/[\w-]+/[\w.-]+/blob/[0-9a-f]{40}/\S+", address)
        assert text.count(f"][{name}]") >= 2
