"""Which files of a build context a .dockerignore lets through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path


class DockerIgnore:
    """The rules of a `.dockerignore`: the last matching line decides, `!` lets a path in again."""

    def __init__(self, text: str = "") -> None:
        lines = (line.strip() for line in text.splitlines())
        self._rules = [_rule(line) for line in lines if line and not line.startswith("#")]

    def excludes(self, path: str) -> bool:
        """Whether a path relative to the context is left out, by itself or with one of its folders."""
        parts = path.split("/")
        above = ["/".join(parts[: length + 1]) for length in range(len(parts))]
        excluded = False
        for pattern, keeps in self._rules:
            if excluded is keeps and any(pattern.fullmatch(each) for each in above):
                excluded = not keeps
        return excluded


def context_files(context: Path) -> Iterator[Path]:
    """The files of a build context, sorted by name, without those that its .dockerignore leaves out.

    The ignore file itself is no part of the context.
    """
    ignore_file = context / ".dockerignore"
    ignore = DockerIgnore(ignore_file.read_text() if ignore_file.is_file() else "")
    for path in sorted(context.rglob("*")):
        name = path.relative_to(context).as_posix()
        if path.is_file() and path != ignore_file and not ignore.excludes(name):
            yield path


def _rule(line: str) -> tuple[re.Pattern[str], bool]:
    keeps = line.startswith("!")
    pattern = line.removeprefix("!").strip().strip("/").removeprefix("./")
    regex = ""
    for piece in re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern):
        match piece:
            case "**/":
                regex += "(?:.*/)?"
            case "**":
                regex += ".*"
            case "*":
                regex += "[^/]*"
            case "?":
                regex += "[^/]"
            case _:
                regex += piece if piece.startswith("[") else re.escape(piece)
    return re.compile(regex), keeps
