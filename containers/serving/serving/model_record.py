"""Which models are loaded, on disk, so that a process that takes over from a crashed one knows them."""

import json
from pathlib import Path


class ModelRecord:
    """Names and URLs of loaded models in the order of their loading; every change is appended to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, str]:
        """Name → URL of what is loaded."""
        urls: dict[str, str] = {}
        if self._path.is_file():
            for line in self._path.read_text().splitlines():
                name, url = json.loads(line)
                urls.pop(name, None)
                if url is not None:
                    urls[name] = url
        return urls

    def loaded(self, name: str, url: str) -> None:
        """Record a loaded model."""
        self._append([name, url])

    def unloaded(self, name: str) -> None:
        """Record that a model is gone."""
        self._append([name, None])

    def _append(self, change: list[str | None]) -> None:
        with self._path.open("a") as stream:
            stream.write(json.dumps(change) + "\n")
