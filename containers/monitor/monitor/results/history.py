"""What runs have found, a line for each: since when a feature is what it is, and what runs of late were like.

A file holds a month, `runs-2026-11.jsonl`. Lines are only ever added; of several lines of one window the last counts,
and a window that is looked at again with the same result adds none.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from monitor.verdicts import Verdict

Run = Mapping[str, Any]
UNDECIDED = ("no traffic", "not enough")

_FILES = re.compile(r"runs-\d{4}-\d{2}\.jsonl")
_MONTHS = 13
# So many features have their drift kept, those that have moved furthest.
_FEATURES = 200
_OF_ANSWERS = ("quality", "bias", "attribution")
_DIGITS = 5


@dataclass(frozen=True)
class History:
    """The runs before this one.

    Args:
        runs: One for each window, the oldest first.
        unreadable: How many lines are none.
    """

    runs: Sequence[Run] = ()
    unreadable: int = 0

    def before(self, start: str) -> Sequence[Run]:
        """The runs of windows that began before this time, the oldest first."""
        return [each for each in self.runs if each["start"] < start]

    def since(self, start: str, feature: str, check: str) -> tuple[str, int]:
        """Since when a check that is a violation now has been one, and for how many runs, this one included.

        Runs that had too few rows to decide are passed over.
        """
        first, runs = start, 1
        for run in reversed(self.before(start)):
            states = {tuple(each[:2]): each[2] for each in run["checks"]}
            state = states.get((feature, check), "not enough" if run["state"] in UNDECIDED else "fine")
            if state == "violation":
                first, runs = run["start"], runs + 1
            elif state == "fine":
                break
        return first, runs


def read_history(folder: Path) -> History:
    """The runs of the last thirteen months; none where there is no folder."""
    if not folder.is_dir():
        return History()
    runs: dict[tuple[str, str], Run] = {}
    unreadable = 0
    for path in sorted(each for each in folder.iterdir() if _FILES.fullmatch(each.name))[-_MONTHS:]:
        for line in path.read_text(errors="replace").splitlines():
            run = _run(line)
            if run is None:
                unreadable += 1
            else:
                runs[run["start"], run["end"]] = run
    return History(sorted(runs.values(), key=lambda each: (each["start"], each["end"])), unreadable)


def keep(before: Path, after: Path, run: Run) -> None:
    """Write the month of a run, with what it held before. A result that it holds already is not written again."""
    name = f"runs-{run['start'][:7]}.jsonl"
    known = (before / name).read_bytes() if (before / name).is_file() else b""
    if known and not known.endswith(b"\n"):
        known += b"\n"
    line = json.dumps(run, separators=(",", ":")).encode() + b"\n"
    of_window = [each for each in known.splitlines(keepends=True) if _window(each) == (run["start"], run["end"])]
    after.mkdir(parents=True, exist_ok=True)
    (after / name).write_bytes(known if of_window and of_window[-1] == line else known + line)


def checks_of(verdicts: Sequence[Verdict]) -> list[list[Any]]:
    """What is kept of verdicts: feature, check, state, effect and threshold."""
    drifts = sorted((each for each in verdicts if each.check == "drift"), key=lambda each: -each.effect)[:_FEATURES]
    rest = [
        each
        for each in verdicts
        if each.check != "drift" and (each.state == "violation" or each.check in _OF_ANSWERS)
    ]
    return [
        [each.feature, each.check, each.state, _short(min(each.effect, 1e9)), each.threshold]
        for each in (*drifts, *rest)
    ]


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _run(line: str | bytes) -> Run | None:
    try:
        given: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(given, dict):
        return None
    found = cast("dict[str, Any]", given)
    named = all(isinstance(found.get(each), str) for each in ("start", "end", "state"))
    return found if named and isinstance(found.get("checks"), list) else None


def _window(line: bytes) -> tuple[str, str] | None:
    run = _run(line)
    return None if run is None else (run["start"], run["end"])
