"""Programs that must be there, and how they are run."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

# The Debian package of each program.
PROGRAMS = {"buildah": "buildah", "debootstrap": "debootstrap", "unshare": "util-linux"}
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class CommandError(Exception):
    """A command has failed; the message is its name and the end of what it said."""


def missing_packages() -> list[str]:
    """The Debian packages whose programs are not there."""
    return [package for program, package in PROGRAMS.items() if not shutil.which(program, path=SEARCHED)]


def run(command: Sequence[str | Path], log: Path) -> str:
    """Run a command; everything it says goes to the end of `log`, what it prints is also returned.

    Raises CommandError.
    """
    words = [str(word) for word in command]
    with log.open("a") as said:
        said.write(f"$ {' '.join(words)}\n")
        said.flush()
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=said, text=True, check=False)
        said.write(done.stdout)
    if done.returncode != 0:
        last = log.read_text().strip().splitlines()[-5:]
        raise CommandError(f"{words[0]} {words[1]} ended with {done.returncode}: {' / '.join(last)} ({log})")
    return done.stdout
