"""`make bench-commands`: how long the commands of the README take in a fresh clone, and again when all is set up.

Writes `results/commands-<date>.md`. A command that fails is a row, too, and the exit status is then 1.
"""

import datetime
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.machine import describe_machine

PROJECT = Path(__file__).resolve().parents[2]
RESULTS = PROJECT / "benchmarks" / "results"
COMMANDS = (("demo", "first"), ("demo", "again"), ("test", "first"), ("test-fast", "again"))
"""Targets in their order: what the first one sets up the next ones find."""
_KEPT = ("HOME", "LANG", "PATH", "TMPDIR")


@dataclass(frozen=True)
class Run:
    """One run of a command.

    Args:
        target: Of the Makefile.
        when: Whether anything was set up before.
        seconds: By the clock.
        status: The exit status.
        last: The last line that it printed.
    """

    target: str
    when: str
    seconds: float
    status: int
    last: str


def measured(clone: Path, target: str, when: str) -> Run:
    """Run a target as somebody does who has nothing in the environment."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    begun = time.monotonic()
    done = subprocess.run(
        ["make", target],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    (clone / f"{target}-{when}.log").write_text(done.stdout)
    last = next((line for line in reversed(done.stdout.splitlines()) if line.strip()), "")
    return Run(target, when, time.monotonic() - begun, done.returncode, last.strip())


def report(runs: Sequence[Run], commit: str, day: str) -> str:
    """The page of results."""
    rows = [
        f"| `make {run.target}` | {run.when} | {_spoken(run.seconds)} | {'✘' if run.status else '✔'} | {run.last} |"
        for run in runs
    ]
    return "\n".join(
        [
            f"# Commands, {day}",
            "",
            f"{describe_machine()}; commit {commit}, in a fresh clone, alone on the machine.",
            "",
            "| command | | by the clock | | its last line |",
            "|---|---|---:|---|---|",
            *rows,
            "",
        ]
    )


def _spoken(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def main(folder: Path) -> int:
    """Measure in a clone within ``folder``."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(clone)], check=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=clone, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
    day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    runs: list[Run] = []
    for target, when in COMMANDS:
        run = measured(clone, target, when)
        runs.append(run)
        print(f"make {target}, {when}: {_spoken(run.seconds)}, exit status {run.status}: {run.last}", flush=True)
        (RESULTS / f"commands-{day}.md").write_text(report(runs, commit, day))
    return int(any(run.status for run in runs))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(Path(sys.argv[1])))
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(main(Path(scratch)))
