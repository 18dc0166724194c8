"""A Label Studio of the demo's, as the demo starts and uses it."""

import contextlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from demo.failure import DemoFailure
from demo.people.server import PROJECT, PYTHON

_WORKER = Path(__file__).with_name("worker.mjs")
_MINUTES_OF_WORK = 10


class Studio:
    """A process of ``demo.people.label_studio``, with its database and its log in ``folder``."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Start it; it makes its tables while others go on."""
        if not PYTHON.exists():
            raise DemoFailure("there is no Label Studio: its environment is made by make demo-data")
        folder.mkdir(parents=True)
        self._folder = folder
        self._log = folder / "load-balancer.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "demo.people.label_studio", folder],
                cwd=PROJECT,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def open(self, projects: Sequence[Mapping[str, Any]]) -> str:
        """Make these projects; returns the address at which somebody has signed on."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{json.dumps(projects)}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        address = self._process.stdout.readline().strip()
        if not address:
            raise self._ended()
        return address

    def label(self, address: str, keys: Mapping[str, str], picture: Path) -> Mapping[str, Any]:
        """Have somebody press ``keys``, by the names of images, on the page of the first project.

        What the browser saw is returned: the addresses that it ``asked``, and what was ``refused``.
        """
        given = {"address": address, "project": 1, "count": len(keys), "keys": keys, "picture": str(picture)}
        try:
            done = subprocess.run(
                ["node", _WORKER, json.dumps(given)],
                cwd=PROJECT,
                capture_output=True,
                text=True,
                check=True,
                timeout=60 * _MINUTES_OF_WORK,
            )
        except subprocess.CalledProcessError as error:
            raise DemoFailure(f"nobody could label in a browser: {error.stderr.strip()[-500:]}") from None
        except (subprocess.TimeoutExpired, FileNotFoundError) as error:
            raise DemoFailure(f"nobody could label in a browser: {error}") from error
        return json.loads(done.stdout)

    def close(self) -> None:
        """End it with its server."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _ended(self) -> DemoFailure:
        self._process.wait()
        said = (self._log.read_text().strip().splitlines() or ["without a word"])[-1]
        return DemoFailure(f"Label Studio ended: {said}; its log is in {self._folder}")
