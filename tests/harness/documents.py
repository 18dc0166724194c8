"""The project's Markdown pages, and what a test wants to know of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "constructs" / "sagemaker_constructs"
DOMAINS = sorted(PACKAGE.glob("*/README.md"))
PAGES = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    *sorted((PROJECT / "docs").rglob("*.md")),
    *DOMAINS,
    *sorted((PROJECT / "examples").rglob("*.md")),
]
BESIDE_CODE = [
    *sorted((PROJECT / "containers").glob("**/README.md")),
    PROJECT / "emulator" / "README.md",
    PROJECT / "benchmarks" / "README.md",
]
"""Pages of what has its own folder and its own tests: only their links are looked at."""

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: Path
    line: int
    language: str
    body: str

    @property
    def place(self) -> str:
        return f"{name(self.page)}:{self.line}"


def name(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def blocks(page: Path, language: str) -> list[Block]:
    """The fenced blocks of ``page`` in ``language``."""
    text = page.read_text()
    return [
        Block(page, text[: match.start()].count("\n") + 1, match["language"], match["body"])
        for match in _FENCE.finditer(text)
        if match["language"] == language
    ]


def links(page: Path) -> list[str]:
    return _LINK.findall(_prose(page))


def code(page: Path) -> list[str]:
    """What stands in backticks within the text of ``page``."""
    return _CODE.findall(_prose(page))


def anchors(page: Path) -> set[str]:
    """The headings of ``page``, as a link names them."""
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
        for heading in _HEADING.findall(_prose(page))
    }


def rows(page: Path, *header: str) -> Iterator[Sequence[str]]:
    """The cells of each row of the tables in ``page`` whose header is ``header``."""
    inside = False
    for line in _prose(page).splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells == list(header):
            inside = True
        elif not cells:
            inside = False
        elif inside and set("".join(cells)) != {"-"}:
            yield cells


def _prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text())
