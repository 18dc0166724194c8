"""The sources of the site: the project's own pages, with links that lead to places of the site."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from tools.site.pages import PROJECT, place_of, title_of
from tools.site.reference import PublicName, public_names

_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_DEFINITION = re.compile(r"^(\[[^\]]+\]: )(\S+)$", re.MULTILINE)
# What a search should find is the page about a file.
_UNSEARCHED = "---\nsearch:\n  exclude: true\n---\n\n"
_LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml", ".sh": "sh"}


class Staging:
    """Writes pages into ``folder``, and what they lead to: pages, files shown as pages, pictures."""

    def __init__(self, folder: Path, added: Mapping[Path, Callable[[str], str]]) -> None:
        self._folder = folder
        self._added = added
        self._written: set[Path] = set()
        self._public = {public.file: list[PublicName]() for public in public_names()}
        for public in public_names():
            self._public[public.file].append(public)

    def write(self, path: Path) -> None:
        """Write ``path`` and, once each, all that it leads to."""
        waiting = [path]
        while waiting:
            current = waiting.pop()
            if current not in self._written:
                self._written.add(current)
                waiting += self._staged(current)

    def _staged(self, path: Path) -> list[Path]:
        place = self._folder / place_of(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            place.write_text(_listing(path))
        elif path.suffix in (".svg", ".png"):
            place.write_bytes(path.read_bytes())
        elif path.suffix != ".md":
            place.write_text(_shown(path))
        else:
            found: list[Path] = []
            text = "".join(self._rewritten(part, path, found) for part in _FENCE.split(path.read_text()))
            place.write_text(self._added.get(path, str)(text))
            return found
        return []

    def _rewritten(self, text: str, page: Path, found: list[Path]) -> str:
        if text.startswith("```"):
            return text

        def link(match: re.Match[str]) -> str:
            words = _LINK.sub(link, match[1])
            target, titled = self._target(match[2], words, page, found)
            # The index of a folder names a page by its file; a reader of the site knows it by its title.
            named = titled and words in (match[2], match[2].removesuffix("/README.md").rpartition("/")[2])
            return f"[{titled if named else words}]({target})"

        def definition(match: re.Match[str]) -> str:
            return match[1] + self._target(match[2], "", page, found)[0]

        return _DEFINITION.sub(definition, _LINK.sub(link, text))

    def _target(self, link: str, words: str, page: Path, found: list[Path]) -> tuple[str, str]:
        path, _, anchor = link.partition("#")
        if "://" in link or not path:
            return link, ""
        target = (page.parent / path).resolve()
        public = self._public_name(target, words)
        if public:
            return f"{_from(place_of(page), public.page)}#{public.identifier}", ""
        if target.is_dir() and (target / "README.md").exists():
            target /= "README.md"
        found.append(target)
        place = _from(place_of(page), place_of(target))
        return place + (f"#{anchor}" if anchor else ""), title_of(target) if target.suffix == ".md" else ""

    def _public_name(self, file: Path, words: str) -> PublicName | None:
        """What a link to a module means: the name that it says, or the first of the module."""
        names = self._public.get(file, [])
        return next((each for each in names if each.name == words.strip("`")), names[0] if names else None)


def _from(page: PurePosixPath, place: PurePosixPath) -> str:
    return PurePosixPath(os.path.relpath(place, page.parent)).as_posix()


def _listing(folder: Path) -> str:
    entries = sorted(each for each in folder.iterdir() if not each.name.startswith((".", "__pycache__")))
    names = (f"- `{each.name}{'/' if each.is_dir() else ''}`" for each in entries)
    return _UNSEARCHED + f"# {folder.relative_to(PROJECT)}\n\n" + "\n".join(names) + "\n"


def _shown(file: Path) -> str:
    fence = f"```` {{ .{_LANGUAGES.get(file.suffix, 'text')} }}"
    return f"{_UNSEARCHED}# {file.relative_to(PROJECT)}\n\n{fence}\n{file.read_text().rstrip()}\n````\n"
