"""The graph of the library's packages, as their imports say: ``python -m tools.graph.room_graph`` writes it."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.graph.drawing import PROJECT, draw, edge, graph, label, quoted

LIBRARY = PROJECT / "constructs" / "sagemaker_constructs"
PICTURE = PROJECT / "docs" / "architecture.svg"


def room_graph() -> str:
    """Each package with what its door says it is, and an arrow from what it builds on; what follows is left out."""
    uses = {door.parent.name: frozenset(_used(door.parent)) for door in sorted(LIBRARY.glob("*/__init__.pyi"))}
    body = [f"{quoted(name)} [label={label(name, *_about(LIBRARY / name))}]" for name in uses]
    for name, used in uses.items():
        implied = {below for each in used for below in _below(each, uses)}
        body += [edge(each, name, "", line="data") for each in sorted(used - implied)]
    return graph("Packages of the library", body, caption="an arrow leads from a package to what builds on it")


def picture() -> str:
    """The SVG of the graph."""
    return draw({"packages": room_graph()})["packages"]


def _used(room: Path) -> Iterator[str]:
    """The other packages that the modules of ``room`` import."""
    for module in room.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("sagemaker_constructs."):
                name = node.module.split(".")[1]
                if name != room.name:
                    yield name


def _below(room: str, uses: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for each in uses[room]:
        yield each
        yield from _below(each, uses)


def _about(room: Path) -> Iterator[str]:
    """The docstring of a package's door, in lines that fit into a box."""
    line = ""
    for word in (ast.get_docstring(ast.parse((room / "__init__.pyi").read_text())) or "").split():
        if len(line) + len(word) > 28:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    yield line


if __name__ == "__main__":
    PICTURE.write_text(picture())
