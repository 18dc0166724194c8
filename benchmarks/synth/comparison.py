"""The rounds of the comparison: every app once in each, so that what else the machine does meets them all."""

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from synth import runs
from synth.runs import Phase, Run


@dataclass
class Samples:
    """Runs of the same app: those that were timed, and the one whose calls were counted."""

    timed: list[Run] = field(default_factory=list[Run])
    counted: Run | None = None

    @property
    def cpu(self) -> float:
        """Median of the seconds of Python and Node together."""
        return statistics.median(run.cpu for run in self.timed)

    @property
    def wall(self) -> float:
        """Median of the seconds that passed."""
        return statistics.median(run.wall for run in self.timed)

    @property
    def megabytes(self) -> float:
        """Median of the peak memory of Python and Node together."""
        return statistics.median(run.megabytes for run in self.timed)

    @property
    def calls(self) -> int:
        """Requests from Python to Node, which are the same in every run."""
        return self.counted.calls if self.counted else 0

    @property
    def resources(self) -> int:
        """Resources of all templates."""
        return self.timed[0].resources


@dataclass(frozen=True)
class Sizes:
    """How many endpoints the small, the large and the very large app have."""

    few: int = 15
    many: int = 150
    very_many: int = 1000


def compare(folder: Path, *, rounds: int, sizes: Sizes) -> dict[str, Samples]:
    """Every app's samples, by name: ``ours few``, ``ours many`` and so on."""
    samples: dict[str, Samples] = {}
    apps = _apps(folder, sizes)
    # Counted first: this round also fills the caches that jsii and Python keep.
    for name, app in apps.items():
        _say(f"{name}: counting calls")
        samples[name] = Samples(counted=app(mode="count"))
    for number in range(rounds):
        _say(f"round {number + 1} of {rounds}")
        for name, app in apps.items():
            samples[name].timed.append(app(mode="time"))
    _say(f"{sizes.very_many} endpoints")
    samples["ours very many"] = Samples([runs.ours(sizes.very_many, mode="time", outdir=folder / "very-many")])
    return samples


def phases(folder: Path, *, rounds: int) -> list[Phase]:
    """What each phase of the dev platform takes: the medians of so many runs."""
    found = [runs.phases(folder) for _ in range(rounds)]
    return [
        Phase(
            same[0].name,
            statistics.median(phase.python for phase in same),
            statistics.median(phase.node for phase in same),
        )
        for same in zip(*found, strict=True)
    ]


def _apps(folder: Path, sizes: Sizes) -> dict[str, Callable[..., Run]]:
    return {
        "ours few": partial(runs.ours, sizes.few, outdir=folder / "ours-few"),
        "replay few": partial(runs.replay, folder / "ours-few", outdir=folder / "replay-few"),
        "alpha few": partial(runs.alpha, sizes.few, outdir=folder / "alpha-few"),
        "empty": partial(runs.empty, outdir=folder / "empty"),
        "platform": partial(runs.platform, outdir=folder / "platform"),
        "platform replay": partial(runs.platform_replay, folder / "platform", outdir=folder / "platform-replay"),
        "ours many": partial(runs.ours, sizes.many, outdir=folder / "ours-many"),
        "replay many": partial(runs.replay, folder / "ours-many", outdir=folder / "replay-many"),
        "alpha many": partial(runs.alpha, sizes.many, outdir=folder / "alpha-many"),
    }


def _say(text: str) -> None:
    print(f"{text} …", file=sys.stderr)
