"""The pages of the site: what ``docs/README.md`` names, section by section, and what those pages link to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PROJECT = Path(__file__).resolve().parents[2]
INDEX = PROJECT / "docs" / "README.md"
DOMAINS = PROJECT / "constructs" / "sagemaker_constructs"

_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_ROW = re.compile(r"^\| \[[^\]]+\]\(([^)]+)\)", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """One heading of the index, with the pages of its table."""

    title: str
    pages: Sequence[Path]


def sections(index: Path = INDEX) -> list[Section]:
    """What the index lists."""
    return [
        Section(title, [(index.parent / link).resolve() for link in _ROW.findall(body)])
        for title, body in _parts(index.read_text())
    ]


def domain_pages() -> list[Path]:
    """The page of each domain."""
    return sorted(DOMAINS.glob("*/README.md"))


def title_of(page: Path) -> str:
    """The first heading of a page, without marks."""
    found = _HEADING.search(page.read_text())
    return re.sub(r"[`*]", "", found[2]) if found else page.stem


def place_of(path: Path) -> PurePosixPath:
    """Where a file of the project is in the site's sources; what is no page is shown on one."""
    relative = PurePosixPath(path.relative_to(PROJECT).as_posix())
    if path == INDEX:
        return PurePosixPath("index.md")
    if path == PROJECT / "README.md":
        return PurePosixPath("project.md")
    if path.parent.parent == DOMAINS and path.name == "README.md":
        return PurePosixPath("domains", f"{path.parent.name}.md")
    if path.is_dir():
        return PurePosixPath("files", relative, "index.md")
    if path.suffix in (".svg", ".png"):
        return PurePosixPath("pictures", relative)
    if path.suffix != ".md":
        return PurePosixPath("files", f"{relative}.md")
    named = relative.with_name("index.md") if path.name == "README.md" else relative
    return named.relative_to("docs") if named.parts[0] == "docs" else named


def _parts(text: str) -> Iterator[tuple[str, str]]:
    found = [match for match in _HEADING.finditer(text) if match[1] == "##"]
    ends = [*(match.start() for match in found[1:]), len(text)]
    for match, end in zip(found, ends, strict=True):
        yield match[2], text[match.end() : end]
