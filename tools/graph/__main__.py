"""Draws an assembly: ``python -m tools.graph ASSEMBLY FOLDER``."""

import sys
from pathlib import Path

from tools.graph.assembly import stacks_of
from tools.graph.drawing import draw
from tools.graph.pipeline_graph import pipeline_graph
from tools.graph.platform_graph import platform_graph


def main(assembly: Path, folder: Path) -> int:
    """The exit status: 1 for an assembly with a pipeline that cannot be read."""
    stacks = list(stacks_of(assembly))
    graphs = {"stacks": platform_graph("Stacks", stacks)}
    try:
        graphs |= {name: pipeline_graph(name, reading) for stack in stacks for name, reading in stack.pipelines()}
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in draw(graphs).items():
        (folder / f"{name}.svg").write_text(picture)
        print(folder / f"{name}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
