"""Under each example of a domain: what it provisions, drawn from the template that it synthesizes to."""

import os
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aws_cdk as cdk

from tools.graph.drawing import draw
from tools.graph.resource_graph import resource_graph
from tools.site.pages import PROJECT

_EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What the examples name by a path from the project's folder.
_NAMED = ("containers", "examples", "models")


@dataclass(frozen=True)
class Picture:
    """The picture of one example: its file within the site's sources, and what is in it."""

    name: str
    count: int
    svg: str


def pictures_of(pages: Sequence[Path]) -> Mapping[Path, Sequence[Picture | None]]:
    """For each page, a picture for each of its examples; none for one that provisions nothing."""
    graphs: dict[str, str] = {}
    counts: dict[str, int] = {}
    names: dict[Path, list[str]] = {}
    with _beside_what_examples_name():
        for page in pages:
            for number, body in enumerate(_EXAMPLE.findall(page.read_text()), 1):
                name = f"{page.parent.name}-{number}"
                names.setdefault(page, []).append(name)
                resources = _provisioned(body, name)
                if resources:
                    counts[name] = len(resources)
                    graphs[name] = resource_graph("what it provisions", resources)
    drawn = draw(graphs)
    return {
        page: [Picture(name, counts[name], drawn[name]) if name in drawn else None for name in each]
        for page, each in names.items()
    }


def with_pictures(pictures: Sequence[Picture | None], folder: str, text: str) -> str:
    """``text`` with each picture below its example; all but the first are folded."""
    waiting = iter(pictures)
    first = next((picture for picture in pictures if picture), None)

    def below(match: re.Match[str]) -> str:
        picture = next(waiting, None)
        if picture is None:
            return match[0]
        fold = "???+" if picture is first else "???"
        words = f"What this provisions: {picture.count} resources"
        image = f"[![{words}]({folder}/{picture.name}.svg)]({folder}/{picture.name}.svg)"
        return f'{match[0]}\n\n{fold} example "{words}"\n    {image}\n'

    return _EXAMPLE.sub(below, text)


def _provisioned(body: str, name: str) -> Mapping[str, Mapping[str, Any]]:
    """The resources that an example makes, in all its stacks."""
    app = cdk.App()
    stack = cdk.Stack(app, "Example", env=cdk.Environment(region="us-east-1"))
    names: dict[str, Any] = {"self": stack, "__name__": "example"}
    exec(compile(body, name, "exec"), names)
    assembly = names.get("app", app).synth()
    return {
        logical_id: resource
        for synthesized in assembly.stacks
        for logical_id, resource in synthesized.template.get("Resources", {}).items()
    }


@contextmanager
def _beside_what_examples_name() -> Generator[None]:
    before = Path.cwd()
    with TemporaryDirectory() as folder:
        for name in _NAMED:
            (Path(folder) / name).symlink_to(PROJECT / name)
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
