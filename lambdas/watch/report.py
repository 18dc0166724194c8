"""What a watch leaves beside the model: a page that asks nothing of any server, and the same as JSON."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from lambdas.watch.plots import plots
from lambdas.watch.rules import Rule, title
from lambdas.watch.table import Seen

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --dim: #5b6876; --line: #d5dbe2; --paper: #fff; --bad: #c4432b;
  --good: #1a7f4b; --a: #1f6feb; --b: #c4432b; --c: #1a7f4b; --d: #8250df; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --dim: #9aa7b4; --line: #36404c; --paper: #12171d;
  --bad: #ff8a70; --good: #58c98b; --a: #5b9dff; --b: #ff8a70; --c: #58c98b; --d: #b794f6; } }
body { margin: 2rem auto; max-width: 46rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
h1 { font-size: 1.4rem; margin-bottom: 0.2rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
p { margin: 0.3rem 0; } .dim, figcaption { color: var(--dim); } figure { margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: 0.3rem 0.6rem 0.3rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; } .bad { color: var(--bad); }
.good { color: var(--good); }
svg { max-width: 100%; height: auto; } .words { font: 12px system-ui, sans-serif; fill: var(--ink); }
.frame { fill: none; stroke: var(--line); } .line { fill: none; stroke-width: 1.6; }
.odd { stroke: var(--bad); stroke-dasharray: 3 3; }
.line0 { stroke: var(--a); } .line1 { stroke: var(--b); } .line2 { stroke: var(--c); } .line3 { stroke: var(--d); }
.dot { stroke-width: 2; } .key { stroke: none; font-weight: 600; } .key.line0 { fill: var(--a); }
.key.line1 { fill: var(--b); } .key.line2 { fill: var(--c); } .key.line3 { fill: var(--d); }
"""


@dataclass(frozen=True)
class WatchReport:
    """What was seen of ``job`` by ``rules``, and in what ``status`` it is."""

    job: str
    status: str
    rules: Sequence[Rule]
    seen: Seen

    @property
    def stopped(self) -> bool:
        """Whether the watch has ended the job, which may have ended by itself at the last moment."""
        return self.seen.stopping and self.status in ("Stopping", "Stopped")

    @property
    def verdict(self) -> str:
        """What became of the job, in a sentence."""
        if self.stopped:
            return "The watch has stopped this job."
        return "The watch has found something." if self.seen.findings else "The watch has found nothing."

    def data(self) -> str:
        """The report as JSON, in which NaN and the infinities are text."""
        series = {
            name: {"rounds": each.rounds, "values": [[number, _plain(value)] for number, value in each.points]}
            for name, each in self.seen.series.items()
        }
        found = [
            {"rule": self.rules[each.position], "reason": each.text, "stops": each.stops}
            for each in self.seen.findings
        ]
        document: Mapping[str, Any] = {
            "job": self.job,
            "status": self.status,
            "stopped": self.stopped,
            "findings": found,
            "rules": list(self.rules),
            "metrics": series,
        }
        return json.dumps(document, indent=1, allow_nan=False)

    def page(self) -> str:
        """The report as HTML."""
        reasons = {each.position: each.text for each in self.seen.findings}
        rows = "".join(
            f"<tr><td>{escape(title(rule))}</td>"
            + (f'<td class="bad">{escape(reasons[at])}</td>' if at in reasons else '<td class="dim">not found</td>')
            + "</tr>"
            for at, rule in enumerate(self.rules)
        )
        pictures = plots(self.seen.series) or '<p class="dim">The log shows none of the job\'s metrics.</p>'
        kind = "bad" if self.seen.findings else "good"
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.job)}</title><style>{_STYLE}</style></head><body>"
            f'<h1>{escape(self.job)}</h1><p class="{kind}">{self.verdict}</p>'
            f'<p class="dim">Status of the job: {escape(self.status)}</p>'
            f"<h2>Rules</h2><table>{rows}</table><h2>Metrics</h2>{pictures}</body></html>"
        )

    def message(self, place: str) -> str:
        """What is told of it, to a person."""
        reasons = "\n".join(f"- {each.text}" for each in self.seen.findings)
        return f"Training job {self.job}: {self.verdict}\n\n{reasons}\n\nReport: {place}\n"


def _plain(value: float) -> float | str:
    return value if math.isfinite(value) else f"{value:g}"
