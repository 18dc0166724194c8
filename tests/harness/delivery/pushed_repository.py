"""A repository of the emulator, and a working copy that pushes to it."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_OWN = {
    "GIT_AUTHOR_NAME": "Somebody",
    "GIT_AUTHOR_EMAIL": "somebody@example.com",
    "GIT_COMMITTER_NAME": "Somebody",
    "GIT_COMMITTER_EMAIL": "somebody@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class PushedRepository:
    """The bare repository ``name`` of GitHub, as the emulator has it, with a working copy in ``folder``."""

    def __init__(self, state: Path, name: str, folder: Path) -> None:
        self.name = name
        self._bare = state / "git" / "github.com" / f"{name}.git"
        self._copy = folder
        self.folder: Path = folder
        self._bare.mkdir(parents=True)
        folder.mkdir(parents=True, exist_ok=True)
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(self._bare))
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("remote", "add", "origin", str(self._bare))

    def push(self, files: Mapping[str, str], message: str = "A change", *, branch: str = "main") -> str:
        """Commit files and push them; the revision."""
        self._git("checkout", "--quiet", "-B", branch)
        for name, content in files.items():
            path = self._copy / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", message)
        self._git("push", "--quiet", "origin", branch)
        return self._git("rev-parse", "HEAD").strip()

    def checkout(self, revision: str) -> None:
        """Have the files of a revision in the working copy."""
        self._git("checkout", "--quiet", "--force", revision)

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self._copy,
            env={"PATH": os.environ["PATH"], **_OWN},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout
