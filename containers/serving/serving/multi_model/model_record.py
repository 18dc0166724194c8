"""Which models are loaded, on disk, so that a process that takes over from a crashed one can read them."""

import json
from collections.abc import Mapping
from pathlib import Path


class ModelRecord:
    """Names and URLs of loaded models in the order of their loading, a line for each in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, str]:
        """Name → URL of what is loaded."""
        lines = self._path.read_text().splitlines() if self._path.is_file() else []
        return dict(json.loads(line) for line in lines)

    def loaded(self, name: str, url: str) -> None:
        """Record one more model."""
        with self._path.open("a") as stream:
            stream.write(_line(name, url))

    def replace(self, urls: Mapping[str, str]) -> None:
        """Record that these are loaded and no others; the file is never longer than that."""
        written = self._path.with_suffix(".new")
        written.write_text("".join(_line(name, url) for name, url in urls.items()))
        written.replace(self._path)


def _line(name: str, url: str) -> str:
    return json.dumps([name, url]) + "\n"
