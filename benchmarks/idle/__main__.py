"""Tells both programs the same stories, and writes what they decide into the page of the workbench.

The stories, the server and the person who uses it are those of `tests/harness/workbench`.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "constructs" / "sagemaker_constructs" / "workbench" / "README.md"
sys.path.append(str(PROJECT / "tests"))

# Found on the path from here on.
from harness.workbench.jupyter_server import Instance, Server, add_kernels  # noqa: E402
from harness.workbench.stories import AT_THE_FIFTH_LOOK, AT_THE_THIRD_LOOK, NEVER  # noqa: E402

_BEGIN, _END = "<!-- begin: idle -->", "<!-- end: idle -->"
_MINUTES, _IDLE_SECONDS = 2, 180
_LATER = 2
"""Looks that a program may be late: it may count from the last activity, and not from the look that saw it."""


@dataclass(frozen=True)
class Case:
    """A story, and the look at which the instance should stop; None where it never should."""

    story: Callable[[Any], Iterator[None]]
    stops_at: int | None

    @property
    def name(self) -> str:
        """The story in words."""
        return self.story.__name__.replace("_", " ")

    @property
    def looks(self) -> int:
        """How often is looked."""
        return self.stops_at + _LATER if self.stops_at else 6


CASES = (
    *(Case(each, 3) for each in AT_THE_THIRD_LOOK),
    *(Case(each, 5) for each in AT_THE_FIFTH_LOOK),
    *(Case(each, None) for each in NEVER),
)


@dataclass(frozen=True)
class Decision:
    """The look at which a program has stopped the instance, and what it died of if it did."""

    stopped_at: int | None
    error: str = ""

    def right(self, case: Case) -> bool:
        """Whether that is what should happen."""
        if case.stops_at is None:
            return self.stopped_at is None
        return self.stopped_at is not None and case.stops_at <= self.stopped_at <= case.stops_at + _LATER

    def words(self, case: Case) -> str:
        """For the table."""
        said = f"stops at look {self.stopped_at}" if self.stopped_at else self.error or "stays"
        return said if self.right(case) else f"**{said}**"


class Opened(Server):
    """A server at which every kernel is opened as JupyterLab opens it, with a session: the sample sees no other."""

    def __call__(self, name: str, *given: str) -> str:
        """What the user answers."""
        return super().__call__("open_console" if name == "start_kernel" else name, *given)


class Sample:
    """AWS's sample beside a server."""

    def __init__(self, autostop: Path, folder: Path, server: Any) -> None:
        self._autostop, self._folder = autostop, folder
        [told] = [json.loads(each.read_text()) for each in server.runtime.glob("jpserver-*.json")]
        self._settings: dict[str, Any] = {
            **{name: told[name] for name in ("url", "token")},
            "minutes": _MINUTES,
            "idle_seconds": _IDLE_SECONDS,
            "began": time.time(),
            "looks": [],
            "asked": str(folder / "asked"),
        }
        self.error = ""

    def look(self) -> str:
        """Let it look, as cron does; returns what it wrote."""
        file = self._folder / "settings.json"
        file.write_text(json.dumps({**self._settings, "now": time.time()}))
        command = [sys.executable, Path(__file__).with_name("sample.py"), self._autostop, file]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        self._settings["looks"].append(time.time())
        if done.returncode:
            self.error = f"ends with {done.stderr.strip().splitlines()[-1].partition(':')[0]}"
        return done.stdout

    @property
    def stopped(self) -> bool:
        """Whether it asked for the end of the instance."""
        return (self._folder / "asked").exists()


def decide(program: Any, server: Any, case: Case) -> Decision:
    """Tell one program one story."""
    parts = case.story(server)
    try:
        for number in range(1, case.looks + 1):
            next(parts, None)
            program.look()
            if program.stopped:
                return Decision(number)
        return Decision(None, getattr(program, "error", ""))
    finally:
        server("leave")


def table(decided: Sequence[tuple[Case, Decision, Decision]], sample: Path) -> str:
    """What stands in the page."""
    mine = sum(ours.right(case) for case, ours, _ in decided)
    theirs = sum(peer.right(case) for case, _, peer in decided)
    digest = hashlib.sha256(sample.read_bytes()).hexdigest()[:12]
    lines = [
        f"Beside the same Jupyter server, looked at every {_MINUTES} minutes with {_IDLE_SECONDS // 60} minutes of",
        f"idleness allowed, our program decides {mine} of {len(decided)} cases rightly, and [AWS's",
        "sample](https://github.com/aws-samples/amazon-sagemaker-notebook-instance-lifecycle-config-samples/tree/master/scripts/auto-stop-idle)",
        f"{theirs}, with `--ignore-connections` as its start script runs it (SHA-256 of the file: `{digest}…`).",
        "The sample sees kernels of notebooks and consoles, no terminals and no other kernels; where there are none,",
        "it goes by the time since the instance was changed. Kernels are therefore opened as JupyterLab opens them.",
        "What is wrong is in bold type. `make bench-idle SAMPLE=…` writes this.",
        "",
        "| case | should | `StopWhenIdle` | AWS's sample |",
        "|---|---|---|---|",
    ]
    for case, ours, peer in decided:
        should = f"stop at look {case.stops_at}" if case.stops_at else "stay"
        lines.append(f"| {case.name} | {should} | {ours.words(case)} | {peer.words(case)} |")
    return "\n".join(lines)


def main() -> None:
    """Every story once for each program."""
    options = argparse.ArgumentParser(prog="python -m idle")
    options.add_argument("sample", type=Path, help="autostop.py of AWS's samples")
    sample: Path = options.parse_args().sample.resolve()
    decided: list[tuple[Case, Decision, Decision]] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        add_kernels(folder)
        server = Opened(folder)
        server.start()
        try:
            for number, case in enumerate(CASES):
                found: list[Decision] = []
                for kind in ("ours", "theirs"):
                    own = folder / f"{kind}-{number}"
                    own.mkdir()
                    program = Instance(own, server.runtime) if kind == "ours" else Sample(sample, own, server)
                    found.append(decide(program, server, case))
                print(case.name, *(each.words(case) for each in found), sep=" | ", flush=True)
                decided.append((case, found[0], found[1]))
        finally:
            server.kill()
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{table(decided, sample)}\n{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
