"""The leaderboard: every candidate, the best first."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict

from jobs.data.target import Target
from tabular.automl.measure import Measure
from tabular.automl.search import Candidate


def leaderboard_json(candidates: Sequence[Candidate], measure: Measure, target: Target) -> str:
    """All that is known of each candidate."""
    board = [{"rank": rank, **asdict(one)} for rank, one in enumerate(candidates, 1)]
    head = {"objective": target.objective, "metric": measure.name, "maximize": measure.maximize}
    return json.dumps({**head, "candidates": board}, indent=2) + "\n"


def leaderboard_csv(candidates: Sequence[Candidate], measure: Measure) -> str:
    """A line for each candidate, for spreadsheets."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["rank", "candidate", "learner", measure.name, "status", "folds", "seconds", "parameters"])
    for rank, one in enumerate(candidates, 1):
        values = (repr(one.score), one.status, len(one.fold_scores), f"{one.seconds:.3f}", described(one))
        writer.writerow([rank, one.name, one.learner, *values])
    return text.getvalue()


def described(candidate: Candidate) -> str:
    """The candidate's parameters in one line."""
    return " ".join(
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in candidate.parameters.items()
    )
