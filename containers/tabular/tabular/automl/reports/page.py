"""The page of a search: one file, which asks nothing of any server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice

import numpy
from numpy.typing import NDArray

from jobs.data.table import Table
from jobs.data.target import Target
from jobs.scores import Matrix, predicted
from tabular.automl.measure import Measure
from tabular.automl.reports.explanation import Explanation
from tabular.automl.reports.leaderboard import described
from tabular.automl.reports.plots import bars, confusion, residuals
from tabular.automl.search import Candidate

_MOST_FEATURES = 20
_MOST_CANDIDATES = 100
_MOST_CLASSES = 30
_MOST_POINTS = 2_000
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --dim: #5b6876; --line: #d5dbe2; --paper: #fff; --mark: #1f6feb;
  --wrong: #c4432b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebf1; --dim: #9aa7b4; --line: #36404c; --paper: #12171d; --mark: #5b9dff; --wrong: #ff8a70; }
}
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
h1 { font-size: 1.5rem; margin-bottom: 0.2rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
p { color: var(--dim); margin: 0.3rem 0; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.3rem 0.6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
.wide { white-space: normal; min-width: 14rem; }
td.number, th.number { text-align: right; } tr.best td { font-weight: 600; } tr.pruned td { color: var(--dim); }
svg { max-width: 100%; height: auto; } .words { font: 12px system-ui, sans-serif; fill: var(--ink); }
.light { fill: var(--paper); } .bar, .hit { fill: var(--mark); } .below, .miss { fill: var(--wrong); }
.frame { fill: none; stroke: var(--line); } .zero { stroke: var(--dim); stroke-dasharray: 4 3; }
.point { fill: var(--mark); fill-opacity: 0.55; }
"""


@dataclass(frozen=True)
class Findings:
    """What a search has found, and the rows that it kept to judge its winner by."""

    candidates: Sequence[Candidate]
    measure: Measure
    target: Target
    held_out: Table
    answers: Matrix
    metrics: Mapping[str, float]
    explanation: Explanation
    seconds: float
    train_rows: int


def page(findings: Findings) -> str:
    """The whole document."""
    best = findings.candidates[0]
    title = f"Search for {findings.held_out.label}"
    tried = f"{len(findings.candidates)} candidate{'s' if len(findings.candidates) > 1 else ''}"
    folds = len(best.fold_scores)
    judged = f"mean of {folds} folds" if folds > 1 else "of a fifth of the rows"
    summary = (
        f"{findings.target.objective}; {tried} in {findings.seconds:.0f} s; "
        f"{findings.train_rows:,} rows learned from, {len(findings.held_out.labels):,} held out"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{escape(title)}</h1><p>{escape(summary)}</p>\n"
        f"<h2>Winner: {escape(best.name)}</h2><p>{escape(described(best))}</p>\n{_metrics(findings)}"
        f"<h2>Leaderboard</h2><p>{escape(findings.measure.name)}, {judged}; "
        "pruned candidates were given up after some of the folds</p>\n"
        f"{_leaderboard(findings)}<h2>Importance of features</h2>{_importances(findings)}"
        f"{_errors(findings)}</body></html>\n"
    )


def confusion_matrix(answers: Matrix, truth: NDArray[numpy.intp], classes: int) -> NDArray[numpy.intp]:
    """How many rows of each class (row) are predicted as each (column)."""
    return numpy.bincount(truth * classes + predicted(answers), minlength=classes**2).reshape(classes, classes)


def _metrics(findings: Findings) -> str:
    names = dict.fromkeys(name.partition(":")[2] for name in findings.metrics)
    head = "".join(f'<th class="number">{escape(name)}</th>' for name in names)
    lines = "".join(
        f"<tr><td>{shown}</td>"
        + "".join(f'<td class="number">{_number(findings.metrics.get(f"{part}:{name}"))}</td>' for name in names)
        + "</tr>"
        for part, shown in (("train", "rows learned from"), ("validation", "held-out rows"))
    )
    return f'<div class="scroll"><table><tr><th></th>{head}</tr>{lines}</table></div>\n'


def _leaderboard(findings: Findings) -> str:
    lines: list[str] = []
    for rank, one in enumerate(islice(findings.candidates, _MOST_CANDIDATES), 1):
        kind = ' class="best"' if rank == 1 else ' class="pruned"' if one.status == "Pruned" else ""
        lines.append(
            f'<tr{kind}><td class="number">{rank}</td><td>{escape(one.name)}</td>'
            f'<td class="number">{one.score:.5f}</td><td>{one.status.lower()}</td>'
            f'<td class="number">{one.seconds:.1f}</td><td class="wide">{escape(described(one))}</td></tr>'
        )
    left = len(findings.candidates) - len(lines)
    more = f"<p>and {left} more in leaderboard.csv</p>" if left > 0 else ""
    head = (
        f'<tr><th class="number"></th><th>candidate</th><th class="number">{escape(findings.measure.name)}</th>'
        '<th></th><th class="number">seconds</th><th>parameters</th></tr>'
    )
    return f'<div class="scroll"><table>{head}{"".join(lines)}</table></div>{more}\n'


def _importances(findings: Findings) -> str:
    explanation = findings.explanation
    weights = explanation.weights
    means = {
        "tree_shap": "mean share in the answers (TreeSHAP)",
        "permutation": f"loss of {findings.measure.name} when the feature's values are exchanged between rows",
    }[explanation.method]
    left = len(weights) - _MOST_FEATURES
    more = f"; {left} more in explainability.json" if left > 0 else ""
    shown = dict(islice(weights.items(), _MOST_FEATURES))
    return f"<p>{escape(means)}, over {explanation.rows:,} rows{more}</p>\n{bars(shown, 'Importance of features')}\n"


def _errors(findings: Findings) -> str:
    truth = findings.target.truth(findings.held_out.labels)
    classes = findings.target.classes
    if not classes:
        points = slice(0, _MOST_POINTS)
        plot = residuals(findings.answers[points, 0], truth[points])
        return f"<h2>Residuals</h2><p>label minus prediction, of held-out rows</p>\n{plot}\n"
    if len(classes) > _MOST_CLASSES:
        return ""
    matrix = confusion_matrix(findings.answers, truth, len(classes))
    return f"<h2>Confusion</h2><p>held-out rows by class (lines)</p>\n{confusion(matrix, classes)}\n"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5f}"
