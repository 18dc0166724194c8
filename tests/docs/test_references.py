"""What pages point at exists: links, paths, make targets, pages in the index."""

import re
from pathlib import Path

import pytest

from harness.documents import BESIDE_CODE, DOMAINS, PACKAGE, PAGES, PROJECT, anchors, blocks, code, links, name

# In backticks, with a slash or an ending, and yet no path of this project.
NOT_PATHS = re.compile(r"(text|application)/[\w.+-]+|[0-9./]+|/.*|.*://.*|\.\w+")
FILE = re.compile(r".*\.(py|md|ya?ml|json|toml|txt|in|cfg)")
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (PROJECT / "Makefile").read_text(), re.MULTILINE))


def _is_made(path: str) -> bool:
    """Whether commands make ``path``, so that a clone does not have it."""
    ignored = [pattern.rstrip("/") for pattern in (PROJECT / ".gitignore").read_text().split()]
    return any(Path(path.rstrip("/").split("/")[0]).match(pattern) for pattern in ignored)


def _exists(page: Path, path: str) -> bool:
    pattern = re.sub(r"<[^>]+>", "*", path).rstrip("/")
    return _is_made(path) or any(any(base.glob(pattern)) for base in (PROJECT, page.parent, PACKAGE.parent, PACKAGE))


def _paths(page: Path) -> list[str]:
    words = [word for word in code(page) if not re.search(r"[\s\[(:=\"…]", word)]
    return [word for word in words if ("/" in word or FILE.fullmatch(word)) and not NOT_PATHS.fullmatch(word)]


def _missing_links(page: Path) -> list[str]:
    found: list[str] = []
    for link in links(page):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", [*PAGES, *BESIDE_CODE], ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    assert _missing_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_paths_exist(page: Path) -> None:
    assert [path for path in _paths(page) if not _exists(page, path)] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_make_targets_exist(page: Path) -> None:
    shell = [block.body for block in blocks(page, "sh")]
    named = {target for text in [*code(page), *shell] for target in MAKE.findall(text)}
    assert named <= _targets()


def test_programs_named_with_their_path_are_those_that_make_installs() -> None:
    shell = " ".join([*code(PROJECT / "README.md"), *(block.body for block in blocks(PROJECT / "README.md", "sh"))])
    for program in re.findall(r"(?:node_modules|\.venv[a-z-]*)/\S*bin/\S+", shell):
        assert (PROJECT / program).exists(), program


def test_the_index_names_every_page() -> None:
    """In itself, or in the index of a folder that it names."""
    index = PROJECT / "docs" / "README.md"
    indexed = {(index.parent / link).resolve() for link in links(index)}
    for folder in [page for page in indexed if page.parent.parent == index.parent and page.name == index.name]:
        indexed |= {(folder.parent / link).resolve() for link in links(folder)}
    others = [*(PROJECT / "containers").glob("*/README.md"), PROJECT / "emulator" / "README.md"]
    assert {*PAGES, *others} - {index} <= indexed


def test_the_map_names_every_folder() -> None:
    mapped = {link.split("/")[0] for link in links(PROJECT / "README.md")}
    folders = {path.name for path in PROJECT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert {folder for folder in folders if not _is_made(folder) and folder != "__pycache__"} <= mapped


@pytest.mark.parametrize("page", DOMAINS, ids=name)
def test_a_domain_page_links_its_files(page: Path) -> None:
    files = [path for path in page.parent.rglob("*.py") if path.name != "__init__.py"]
    public = {path.relative_to(page.parent).as_posix() for path in files}
    linked = set(links(page))
    if page.parent.name == "core":
        # The catalogue's modules are written out on a page of their own.
        assert {path for path in public if not path.startswith("rules/")} <= linked
    # What lies in other domains is there: see test_links_lead_somewhere.
    assert {link for link in linked if link.endswith(".py") and not link.startswith("../")} <= public


def test_a_broken_reference_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "[here](missing.md) and [there](#nowhere), `config/missing.yaml` and `config/dev.yaml`\n\n# Some Where\n"
    )
    assert _missing_links(page) == ["missing.md", "#nowhere"]
    assert [path for path in _paths(page) if not _exists(page, path)] == ["config/missing.yaml"]
