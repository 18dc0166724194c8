"""Which objects a model labels, which people are asked about, and how far the model is right.

A pure function of what people have said, what the model proposes, and what it proposed of those it was audited by.
"""

import math
import random
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

_SEED = 7
_CERTAINTY = 0.95


@dataclass(frozen=True)
class Proposal:
    """What a model says of an object, and how sure it is, from 0 to 1."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Rules:
    """How many objects people are asked about at a time and at most, the part of labels that may be wrong, and how
    many of what the model is sure of are looked at by people all the same.
    """

    batch: int
    most_asked: int
    target_error: float
    audit_percent: float


@dataclass(frozen=True)
class Audit:
    """How many labels of a model people have looked at, without being told them, and how many were wrong."""

    looked_at: int
    wrong: int

    @property
    def error(self) -> float | None:
        """The part that was wrong."""
        return self.wrong / self.looked_at if self.looked_at else None

    @property
    def at_most(self) -> float:
        """The part of all labels that is wrong at most, with a certainty of 95 %, after Clopper and Pearson."""
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = (low + high) / 2
            if _no_more_than(self.wrong, self.looked_at, middle) > 1 - _CERTAINTY:
                low = middle
            else:
                high = middle
        return high


@dataclass(frozen=True)
class Chosen:
    """What follows: the objects that the model labels from ``threshold`` on, those that people are asked about with a
    proposal, and those without. ``finished`` says why nobody is asked any more.
    """

    threshold: float | None
    machine: Sequence[str]
    ask: Sequence[str] = ()
    audit: Sequence[str] = ()
    finished: str = ""
    audited: Audit = field(default_factory=lambda: Audit(0, 0))


def threshold(pairs: Iterable[tuple[float, bool]], target_error: float) -> float | None:
    """The least confidence from which on so few of ``pairs`` are wrong; None where there is none.

    ``pairs`` are the confidence and whether it was right, of objects whose answer the model has not learned from. The
    error of a few is not known: it is taken for that which one more, and wrong, would give.
    """
    found: float | None = None
    wrong = 0
    ordered = sorted(pairs, reverse=True)
    for count, (confidence, right) in enumerate(ordered, 1):
        wrong += not right
        last_of_its_kind = count == len(ordered) or ordered[count][0] != confidence
        if last_of_its_kind and (wrong + 1) / (count + 1) <= target_error:
            found = confidence
    return found


def choose(
    objects: Sequence[str],
    human: Mapping[str, str],
    proposals: Mapping[str, Proposal],
    audited: Mapping[str, str],
    rules: Rules,
) -> Chosen:
    """What follows, when people have answered all that they were asked about, which are those of ``human``.

    ``proposals`` of what people have labeled are of a model that has not learned from that label. ``audited`` is what
    the model said, when it was asked, of those that people then looked at.
    """
    known = [(proposals[each].confidence, proposals[each].label == said) for each, said in human.items()]
    least = threshold(known, rules.target_error)
    left = [each for each in objects if each not in human]
    sure = [each for each in left if least is not None and proposals[each].confidence >= least]
    unsure = sorted((each for each in left if each not in set(sure)), key=lambda each: proposals[each].confidence)
    wrong = sum(human[each] != said for each, said in audited.items())
    audit = Audit(len(audited), wrong)
    answers = rules.most_asked - len(human)
    if answers <= 0:
        return Chosen(least, sure, finished="the budget is used up", audited=audit)
    looked_at = _sample(sure, math.ceil(len(sure) * rules.audit_percent / 100) - len(audited), set(audited))[:answers]
    ask = unsure[: min(rules.batch, answers - len(looked_at))]
    if not ask and not looked_at:
        return Chosen(least, sure, finished="nothing is uncertain", audited=audit)
    machine = [each for each in sure if each not in set(looked_at)]
    return Chosen(least, machine, ask, looked_at, audited=audit)


def _sample(of: Sequence[str], count: int, without: Set[str]) -> list[str]:
    """So many by chance, and the same each time."""
    left = sorted(set(of) - without)
    return sorted(random.Random(_SEED).sample(left, max(0, min(count, len(left)))))


def _no_more_than(wrong: int, of: int, rate: float) -> float:
    """How probable it is that no more than ``wrong`` are wrong, where that part of all is."""
    return sum(math.comb(of, each) * rate**each * (1 - rate) ** (of - each) for each in range(wrong + 1))
