"""The true class of each object, from workers of unknown skill: the method of Dawid and Skene (1979)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import exp, log

Votes = Sequence[Mapping[str, str]]
"""For each object, what each worker has said."""
Beliefs = list[dict[str, float]]
"""For each object, how probable each class is."""

_ITERATIONS = 100
_CHANGE = 1e-7
_SMOOTHING = 0.1
"""Votes that each worker is taken to have cast for each class beforehand: few votes are no certainty."""


def shares(votes: Votes, classes: Sequence[str]) -> Beliefs:
    """The share of each class among an object's votes: what a majority is found in."""
    counted = [Counter(said.values()) for said in votes]
    return [{each: count[each] / len(said) for each in classes} for said, count in zip(votes, counted, strict=True)]


def dawid_skene(votes: Votes, classes: Sequence[str]) -> Beliefs:
    """How probable each class is for each object, where every worker confuses classes in their own way.

    In turn, each worker's confusions are estimated from the beliefs, and the beliefs from the confusions, until
    neither changes. A worker who is mostly wrong in the same way counts as much as one who is mostly right.
    """
    beliefs = shares(votes, classes)
    for _ in range(_ITERATIONS):
        frequencies, confusions = _estimated(votes, classes, beliefs)
        before, beliefs = beliefs, [_believed(said, classes, frequencies, confusions) for said in votes]
        if _distance(before, beliefs) < _CHANGE:
            break
    return beliefs


_Confusions = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By worker and true class, how probable it is that each class is said."""


def _estimated(votes: Votes, classes: Sequence[str], beliefs: Beliefs) -> tuple[Mapping[str, float], _Confusions]:
    frequencies = dict.fromkeys(classes, _SMOOTHING)
    said_by: dict[str, dict[str, dict[str, float]]] = defaultdict(
        lambda: {true: dict.fromkeys(classes, _SMOOTHING) for true in classes}
    )
    for said, belief in zip(votes, beliefs, strict=True):
        for true in classes:
            frequencies[true] += belief[true]
            for worker, vote in said.items():
                said_by[worker][true][vote] += belief[true]
    confusions = {worker: {true: _scaled(row) for true, row in rows.items()} for worker, rows in said_by.items()}
    return _scaled(frequencies), confusions


def _believed(
    said: Mapping[str, str], classes: Sequence[str], frequencies: Mapping[str, float], confusions: _Confusions
) -> dict[str, float]:
    logarithms = {
        true: log(frequencies[true]) + sum(log(confusions[worker][true][vote]) for worker, vote in said.items())
        for true in classes
    }
    highest = max(logarithms.values())
    return _scaled({true: exp(value - highest) for true, value in logarithms.items()})


def _scaled(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _distance(before: Beliefs, after: Beliefs) -> float:
    return max(
        (abs(one[name] - other[name]) for one, other in zip(before, after, strict=True) for name in one), default=0
    )
