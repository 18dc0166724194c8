"""The reference: one page for each domain, of the names that its door names and their docstrings."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.site.pages import DOMAINS


@dataclass(frozen=True)
class PublicName:
    """A name of a door, and the module that defines it."""

    domain: str
    name: str
    module: str
    file: Path

    @property
    def identifier(self) -> str:
        """As Python imports it from where it is defined; also its anchor."""
        return f"{self.module}.{self.name}"

    @property
    def page(self) -> PurePosixPath:
        """Its page in the site's sources."""
        return PurePosixPath("reference", f"{self.domain}.md")


def public_names() -> Iterator[PublicName]:
    """What the doors name, each once: with the domain that its module belongs to."""
    for door in sorted(DOMAINS.glob("*/__init__.pyi")):
        for node in ast.parse(door.read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
                file = door.parent.joinpath(*node.module.split("."))
                found = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
                module = f"sagemaker_constructs.{door.parent.name}.{node.module}"
                yield from (PublicName(door.parent.name, alias.name, module, found) for alias in node.names)


def reference_pages() -> Mapping[PurePosixPath, str]:
    """The text of each page: directives, which the generator fills from signatures and docstrings."""
    pages: dict[PurePosixPath, str] = {}
    for public in public_names():
        opening = (
            f"# sagemaker_constructs.{public.domain}\n\n[The domain, with examples](../domains/{public.domain}.md)\n"
        )
        pages.setdefault(public.page, opening)
        pages[public.page] += f"\n::: {public.identifier}\n"
    return pages
