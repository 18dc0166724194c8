"""English as AWS's documentation writes it, in pages and docstrings: services support, values have a minimum."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.documents import PROJECT

REFUSED = {
    "at the least": "minimum, at least",
    "at the most": "maximum, at most",
    "hears of": "receives",
    "knows": "supports, contains, is aware of",
    "unless told": "by default",
    "wants": "requires",
}
"""Expression: what to write instead."""

TREES = ("constructs", "containers", "demo", "examples", "lambdas", "stacks", "tools")

_FOUND = re.compile(rf"\b({'|'.join(REFUSED)})\b", re.IGNORECASE)


def _files() -> Iterator[Path]:
    yield from PROJECT.glob("*.md")
    for tree in (*TREES, "docs"):
        for path in sorted((PROJECT / tree).rglob("*")):
            if path.suffix in (".md", ".py"):
                yield path


def _prose(path: Path) -> str:
    """A page without its fenced blocks, or a module's docstrings."""
    text = path.read_text()
    if path.suffix == ".md":
        return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, documented))
    return "\n".join(ast.get_docstring(node) or "" for node in nodes)


def _refused(text: str) -> list[str]:
    """Each line of ``text`` with an expression that is refused, and what to write instead."""
    found = ((line, _FOUND.search(" ".join(line.split()))) for line in text.splitlines())
    return [f"{match[0]} (write: {REFUSED[match[0].lower()]}): {line.strip()}" for line, match in found if match]


@pytest.mark.parametrize("path", [*_files()], ids=lambda path: str(path.relative_to(PROJECT)))
def test_it_reads_as_aws_writes(path: Path) -> None:
    assert _refused(_prose(path)) == []


def test_an_expression_is_found_with_its_replacement() -> None:
    assert _refused("CloudWatch knows this.\nIt is acknowledged.") == [
        "knows (write: supports, contains, is aware of): CloudWatch knows this."
    ]
