"""Runs a user's own training program: `python <archive> [--requirements FILE] (--script FILE | --command) WORD…`.

It is the `__main__` of the archive that a job's channel `code` holds. The files of the program are unpacked beside
the archive, into `/opt/ml/input/data/code`. What the image lacks is installed by its pip. A script gets the job's
hyperparameters as `--name value`, and finds its folders by the variables that AWS's framework images set, so that a
program written for these runs here. Standard library only, as images of every kind run it, and Python 3.8 or later.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import subprocess
import sys
import traceback
import zipfile
from pathlib import Path
from typing import Any

_PROGRAM = "program/"
_LONGEST_REASON = 1024


class TrainingProgram:
    """A program of a user's own, in the folders that SageMaker lays out for a job."""

    def __init__(self, archive: Path, base: Path) -> None:
        """`archive` holds the files of the program; `base` is `/opt/ml`."""
        self._archive = archive
        self._base = base
        self._folder = archive.parent

    def unpack(self) -> None:
        """Lay the files of the program beside the archive."""
        with zipfile.ZipFile(self._archive) as archive:
            for member in archive.infolist():
                if member.filename.startswith(_PROGRAM):
                    path = self._folder / member.filename[len(_PROGRAM) :]
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(archive.read(member))
                    path.chmod(member.external_attr >> 16 & 0o777)

    def install(self, requirements: str) -> None:
        """Install what the program takes; the log says what pip says. Exits where pip fails."""
        code = subprocess.call([sys.executable, "-m", "pip", "install", "-r", str(self._folder / requirements)])
        if code:
            self._tell(f"{requirements} cannot be installed: pip ended with the code {code}")
            sys.exit(code)

    def run_script(self, script: str, arguments: list[str]) -> None:
        """Run a script in this process. The reason of an exception becomes that of the job."""
        path = self._folder / script
        sys.argv = [str(path), *self._hyperparameter_arguments(), *arguments]
        sys.path[0] = str(path.parent)
        try:
            runpy.run_path(str(path), run_name="__main__")
        except Exception:
            self._tell(traceback.format_exc().strip().splitlines()[-1])
            raise

    def run_command(self, words: list[str]) -> None:
        """Become the command."""
        os.execvp(words[0], words)

    def enter(self) -> None:
        """Make the folder of the program the current one, and set the variables that tell it of the job."""
        os.chdir(self._folder)
        given = self._document("hyperparameters")
        channels = sorted(self._document("inputdataconfig"))
        resources = self._document("resourceconfig")
        variables = {
            "SM_MODEL_DIR": self._base / "model",
            "SM_OUTPUT_DIR": self._base / "output",
            "SM_OUTPUT_DATA_DIR": self._base / "output" / "data",
            "SM_INPUT_DIR": self._base / "input",
            "SM_INPUT_CONFIG_DIR": self._base / "input" / "config",
            "SM_CHANNELS": json.dumps(channels),
            "SM_HPS": json.dumps(given),
            "SM_HOSTS": json.dumps(resources.get("hosts", [])),
            "SM_CURRENT_HOST": resources.get("current_host", ""),
        }
        for name in channels:
            variables["SM_CHANNEL_" + name.upper()] = self._base / "input" / "data" / name
        for name, value in given.items():
            variables["SM_HP_" + name.upper()] = value
        for name, value in variables.items():
            # What the job's own environment says comes first.
            os.environ.setdefault(name, str(value))

    def _hyperparameter_arguments(self) -> list[str]:
        given = self._document("hyperparameters")
        return [word for name, value in given.items() for word in ("--" + name, str(value))]

    def _document(self, name: str) -> dict[str, Any]:
        path = self._base / "input" / "config" / (name + ".json")
        return json.loads(path.read_text()) if path.is_file() else {}

    def _tell(self, reason: str) -> None:
        failure = self._base / "output" / "failure"
        if not failure.exists():
            failure.parent.mkdir(parents=True, exist_ok=True)
            failure.write_text(reason[:_LONGEST_REASON])


def main(arguments: list[str] | None = None) -> None:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--requirements")
    parser.add_argument("--script", nargs=argparse.REMAINDER, default=[])
    parser.add_argument("--command", nargs=argparse.REMAINDER, default=[])
    given = parser.parse_args(arguments)
    program = TrainingProgram(Path(sys.argv[0]).absolute(), Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")))
    program.unpack()
    program.enter()
    if given.requirements:
        program.install(given.requirements)
    if given.command:
        program.run_command(given.command)
    program.run_script(given.script[0], given.script[1:])


if __name__ == "__main__":
    main()
