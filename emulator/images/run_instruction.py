"""What a RUN instruction may be where nothing of it runs: the installation of a lock, and what prepares for it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from pathlib import PurePosixPath

_PIP = re.compile(r"pip[\d.]*")
_PYTHON = re.compile(r"python[\d.]*")
_PUNCTUATION = re.compile(r"[;&|()<>]+")
_KEYWORDS = ("if", "then", "elif", "else", "fi", "!")
_PREPARING = ("apt-get", "export", "grep", "set", "true")
_INSTALLERS = ("pip", "setuptools", "wheel")
_CACHES = ("/var/lib/apt/", "/var/cache/", "/root/.cache", "/tmp/")
_VALUED = (
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--timeout",
    "--retries",
)
_FOLDERS = ("-t", "--target", "--prefix")
_SYSTEM = ("/usr/local", "/root/.local")
_ALLOWED = "only pip install -r LOCK runs here, and apt-get, whose packages this machine has or has not"


class RunError(Exception):
    """A RUN does what cannot be done without a container engine."""


@dataclass
class Installation:
    """What a RUN installs: the locks that its `pip install -r` name, and folders of the image that may hold packages.

    Raises RunError for anything that would change the image otherwise.
    """

    argument: InitVar[str]
    locks: list[str] = field(default_factory=list[str])
    folders: list[str] = field(default_factory=lambda: [*_SYSTEM])

    def __post_init__(self, argument: str) -> None:
        for command in _commands(argument):
            self._take(command)

    def _take(self, command: Sequence[str]) -> None:
        words = [word for index, word in enumerate(command) if index or not re.fullmatch(r"\w+=.*", word)]
        program = PurePosixPath(words[0]).name if words else "true"
        if _PYTHON.fullmatch(program) and words[1:2] == ["-m"]:
            program, words = words[2] if words[2:] else "", words[2:]
        if _PIP.fullmatch(program):
            self._pip(words[1:])
        elif program in ("venv", "virtualenv"):
            self.folders += [word for word in words[1:] if not word.startswith("-")]
        elif program == "rm" and all(word.startswith(("-", *_CACHES)) for word in words[1:]):
            pass
        elif program not in _PREPARING:
            raise RunError(f"RUN {' '.join(command)}: {_ALLOWED}")

    def _pip(self, words: Sequence[str]) -> None:
        rest = iter(words[1:] if words[:1] == ["install"] else ())
        for word in rest:
            option, equals, value = word.partition("=")
            if option in ("-r", "--requirement"):
                self.locks.append(value if equals else next(rest, ""))
            elif option in _FOLDERS:
                self.folders.append(value if equals else next(rest, ""))
            elif word in _VALUED:
                next(rest, None)
            elif not word.startswith("-") and option not in _INSTALLERS:
                raise RunError(f"RUN pip install {word}: packages come from a hash-locked file, pip install -r LOCK")


def _commands(argument: str) -> Iterator[list[str]]:
    text = re.sub(r"^(--\S+\s+)+", "", argument)
    if "<<" in text:
        raise RunError("RUN with a here-document is not available here")
    if text.startswith("["):
        yield [str(word) for word in json.loads(text)]
        return
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    command: list[str] = []
    for word in [*lexer, ";"]:
        if not _PUNCTUATION.fullmatch(word):
            command += [word] if command or word not in _KEYWORDS else []
        elif "<" in word or ">" in word:
            raise RunError(f"RUN {text}: {_ALLOWED}")
        else:
            yield command
            command = []
