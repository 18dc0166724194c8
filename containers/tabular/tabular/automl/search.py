"""The search: defaults first, then what Optuna's estimator expects more of."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from statistics import fmean
from typing import Any, Literal

from jobs.data.table import Table
from jobs.data.target import Target
from tabular.automl.budget import Budget
from tabular.automl.folds import Fold, folds_of
from tabular.automl.learners.boosted import Boosted
from tabular.automl.learners.forest import Forest
from tabular.automl.learners.learner import Learned, Learner, Lesson, Parameters, Rows
from tabular.automl.learners.linear import Linear
from tabular.automl.measure import Measure
from tabular.boosting import predictions

LEARNERS: Mapping[str, Learner] = {
    each.name: each for each in (Boosted(), Linear(), Forest(extra=False), Forest(extra=True))
}
# Defaults among them.
_RANDOM_FIRST = 10


@dataclass(frozen=True)
class Candidate:
    """One model that was tried: `score` is the metric's mean over the folds that it was judged by.

    `Pruned` candidates were given up after some of the folds, because they fell behind. `rounds` are the mean of the
    folds (0: the learner has none).
    """

    name: str
    learner: str
    parameters: Parameters
    status: Literal["Completed", "Pruned"]
    score: float
    fold_scores: Sequence[float]
    rounds: int
    seconds: float


@dataclass(frozen=True)
class Search:
    """What is searched: a metric over these rows, until the budget is spent."""

    table: Table
    target: Target
    measure: Measure
    seed: int
    budget: Budget
    max_candidates: int

    def run(self) -> Sequence[Candidate]:
        """All candidates, the best first: one at least, however short the budget is."""
        # To import Optuna takes longer than mistakes take to be found.
        optuna: Any = import_module("optuna")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        sampler = optuna.samplers.TPESampler(seed=self.seed, n_startup_trials=_RANDOM_FIRST)
        pruner = optuna.pruners.MedianPruner(n_startup_trials=5)
        study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
        for one in defaults():
            study.enqueue_trial(one)
        folds = folds_of(self.table.labels, self.target, self.seed)
        found: list[Candidate] = []
        while not found or (len(found) < self.max_candidates and not self.budget.spent):
            trial = study.ask()
            learner = LEARNERS[trial.suggest_categorical("learner", [*LEARNERS])]
            name = f"{learner.name}-{len(found) + 1:03}"
            candidate = self._judged(trial, name, learner, learner.suggest(trial), folds)
            if candidate is None:
                break
            if candidate.status == "Pruned":
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            else:
                study.tell(trial, self._signed(candidate.score))
            found.append(candidate)
            said = f"candidate {name}: {self.measure.name} {candidate.score:.6f}"
            print(f"{said}, {candidate.status.lower()} after {candidate.seconds:.1f} s", flush=True)
        return sorted(found, key=lambda one: (one.status != "Completed", -self._signed(one.score), one.name))

    def refitted(self, candidate: Candidate) -> Learned:
        """The candidate's model of all rows."""
        lesson = self._lesson(Rows(self.table.features, self.target.truth(self.table.labels)), None, candidate.rounds)
        return LEARNERS[candidate.learner].learn(lesson, candidate.parameters)

    def _judged(
        self, trial: Any, name: str, learner: Learner, parameters: Parameters, folds: Sequence[Fold]
    ) -> Candidate | None:
        """The candidate's scores; None when time is up before they are complete, but for the first candidate."""
        began = time.monotonic()
        truth = self.target.truth(self.table.labels)
        scores: list[float] = []
        rounds: list[int] = []
        status: Literal["Completed", "Pruned"] = "Completed"
        for fold in folds:
            if self.budget.spent and trial.number:
                return None
            judged = Rows(self.table.features[fold.judged], truth[fold.judged])
            learned = learner.learn(
                self._lesson(Rows(self.table.features[fold.learned], truth[fold.learned]), judged, 0), parameters
            )
            rounds.append(learned.rounds)
            scores.append(self.measure.score(predictions(learned.model, judged.features), judged.truth))
            trial.report(fmean(scores), len(scores))
            if len(scores) < len(folds) and trial.should_prune():
                status = "Pruned"
                break
        shown = [self.measure.shown(score) for score in scores]
        seconds = time.monotonic() - began
        return Candidate(name, learner.name, parameters, status, fmean(shown), shown, round(fmean(rounds)), seconds)

    def _lesson(self, rows: Rows, judged: Rows | None, rounds: int) -> Lesson:
        return Lesson(rows, self.target, self.table.feature_names, self.seed, self.budget, judged, rounds)

    def _signed(self, score: float) -> float:
        return score if self.measure.maximize else -score


def defaults() -> Sequence[Mapping[str, int | float | str]]:
    """What is tried first: of each learner one, and then those that have another."""
    numbered = [
        (number, learner, parameters)
        for learner in LEARNERS.values()
        for number, parameters in enumerate(learner.defaults)
    ]
    numbered.sort(key=lambda one: one[0])
    return [
        {"learner": learner.name, **{f"{learner.name}_{name}": value for name, value in parameters.items()}}
        for _, learner, parameters in numbered
    ]
