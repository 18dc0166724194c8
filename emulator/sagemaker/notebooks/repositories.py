"""Git repositories of notebook instances, cloned from folders of this computer: nothing is asked of other hosts."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.notebooks.machines import StartError

_SECONDS = 300
_KIND = "CodeRepository"


@dataclass(frozen=True)
class _Wanted:
    url: str
    branch: str = ""

    @property
    def name(self) -> str:
        """The folder that a clone is in."""
        return self.url.rstrip("/").rpartition("/")[2].removesuffix(".git")


@dataclass(frozen=True)
class Repositories:
    """Clones what an instance names.

    Args:
        records: Where repositories are kept that have a name.
        folder: Holds a bare repository for each URL: that of `https://example.com/a/b.git` is `example.com/a/b.git`.
    """

    records: Records
    folder: Path

    def clone(self, record: Record, volume: Path) -> None:
        """Clone the repositories of an instance to its volume; what is there already stays as it is.

        Raises:
            StartError: A repository is not in the folder, or has not the branch.
        """
        for wanted in self._wanted(record):
            target = volume / wanted.name
            if not target.exists():
                self._clone(wanted, target)

    def _wanted(self, record: Record) -> Iterator[_Wanted]:
        default = record.request.get("DefaultCodeRepository")
        for named in [*([default] if default else []), *record.request.get("AdditionalCodeRepositories", [])]:
            known = self.records.find(_KIND, named)
            if known is None:
                yield _Wanted(named)
            else:
                config = known.request["GitConfig"]
                yield _Wanted(config["RepositoryUrl"], config.get("Branch", ""))

    def _clone(self, wanted: _Wanted, target: Path) -> None:
        parts = urlsplit(wanted.url)
        source = self.folder / parts.netloc / parts.path.strip("/").removesuffix(".git")
        source = source.with_name(f"{source.name}.git")
        if not source.is_dir():
            raise StartError(
                "", f"{wanted.url} cannot be cloned: the emulator asks no other host, and there is no {source}"
            )
        branch = ["--branch", wanted.branch] if wanted.branch else []
        try:
            _git("clone", "--quiet", *branch, str(source), str(target))
            _git("-C", str(target), "remote", "set-url", "origin", wanted.url)
        except subprocess.CalledProcessError as error:
            said = str(error.stderr).strip()
            raise StartError("", f"{wanted.url} cannot be cloned: {said}") from error


def _git(*arguments: str) -> None:
    # Settings of whoever runs the emulator are not those of an instance.
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    subprocess.run(
        ["git", *arguments],
        env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C", **own},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS,
    )
