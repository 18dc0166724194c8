"""The figure that was found: as text, as JSON and as a plot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import matplotlib

from tools.load_test.plan import SAFETY_FACTOR, Goal, Step, peak, per_instance_per_minute
from tools.load_test.target import Target

matplotlib.use("Agg")


@dataclass(frozen=True)
class Findings:
    """What was measured, and in what circumstances.

    ``most_users``: where the test would have stopped; ``busy``: whether the machine that sent the requests had no
    time left, so that it may have measured itself.
    """

    target: Target
    goal: Goal
    steps: Sequence[Step]
    most_users: int
    busy: bool

    @property
    def best(self) -> Step:
        """The step at the peak; only asked for when there is one."""
        found = peak(self.steps, self.goal)
        assert found is not None
        return found

    @property
    def per_instance(self) -> float:
        """The peak rate of one instance, in requests per second."""
        return self.best.rate / self.target.instances

    def notes(self) -> list[str]:
        """What keeps the figure from being the whole truth."""
        found: list[str] = []
        if all(step.meets(self.goal) for step in self.steps):
            found.append(
                f"The goal still held at {self.most_users} requests at a time: raise USERS to find the limit."
            )
        if self.busy:
            found.append("The machine that sent the requests was busy: the endpoint may take more than this.")
        if self.target.instances > 1:
            found.append(f"Divided by {self.target.instances} instances; AWS's method asks for one.")
        return found


def text(findings: Findings) -> str:
    """A few lines for a person."""
    target, goal, best = findings.target, findings.goal, findings.best
    setting = per_instance_per_minute(findings.per_instance)
    lines = [
        f"Endpoint  {target.endpoint}, variant {target.variant}, instances: {target.instances}",
        f"Goal      {goal.percentile} % of the requests within {goal.milliseconds:g} ms",
        f"Peak      {findings.per_instance:.1f} requests per second and instance ({best.rate:.1f} in all, "
        f"{best.users} at a time; {goal.percentile} % within {best.latency_ms:g} ms)",
        f"Setting   endpoint.scale_on_invocations(per_instance_per_minute={setting:g})"
        f"   # {findings.per_instance:.1f} x {SAFETY_FACTOR:g} x 60",
        *(f"Note      {note}" for note in findings.notes()),
    ]
    return "\n".join(lines) + "\n"


def write(findings: Findings, folder: Path) -> None:
    """Write ``result.txt``, ``result.json`` and ``result.png`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.txt").write_text(text(findings))
    (folder / "result.json").write_text(json.dumps(_document(findings), indent=2) + "\n")
    _plot(findings, folder / "result.png")


def _document(findings: Findings) -> dict[str, Any]:
    return {
        "endpoint": findings.target.endpoint,
        "variant": findings.target.variant,
        "instances": findings.target.instances,
        "goal": asdict(findings.goal),
        "peak_requests_per_second": round(findings.best.rate, 2),
        "peak_requests_per_second_per_instance": round(findings.per_instance, 2),
        "concurrency_at_peak": findings.best.users,
        "safety_factor": SAFETY_FACTOR,
        "scale_on_invocations_per_instance_per_minute": per_instance_per_minute(findings.per_instance),
        "notes": findings.notes(),
        "steps": [
            {**asdict(step), "requests_per_second": round(step.rate, 2), "meets_goal": step.meets(findings.goal)}
            for step in findings.steps
        ],
    }


def _plot(findings: Findings, path: Path) -> None:
    from matplotlib import pyplot

    steps = sorted(findings.steps, key=lambda step: step.users)
    users = [step.users for step in steps]
    plotting: Any = pyplot
    figure, (above, below) = plotting.subplots(2, 1, sharex=True, figsize=(8, 6), layout="constrained")
    figure.suptitle(f"{findings.target.endpoint} / {findings.target.variant}, instances: {findings.target.instances}")
    above.plot(users, [step.rate / findings.target.instances for step in steps], marker="o", color="tab:blue")
    above.plot(
        [findings.best.users],
        [findings.per_instance],
        marker="*",
        markersize=16,
        linestyle="",
        color="tab:green",
        label=f"peak within the goal: {findings.per_instance:.1f}",
    )
    above.set_ylabel("requests per second and instance")
    below.plot(users, [step.latency_ms for step in steps], marker="o", label=f"p{findings.goal.percentile}")
    below.plot(users, [step.median_ms for step in steps], marker="o", alpha=0.6, label="median")
    below.axhline(findings.goal.milliseconds, color="tab:red", linestyle="--", label="goal")
    below.set_ylabel("latency in ms")
    below.set_xlabel("requests at a time")
    for axes in (above, below):
        axes.margins(y=0.15)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=120)
    plotting.close(figure)
