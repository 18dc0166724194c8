"""Beliefs about classes, beside a reference in NumPy and beside the truth of synthetic workers."""

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy
import pytest

from lambdas.labeling.dawid_skene import Votes, dawid_skene, shares

CLASSES = ("a", "b", "c")


def _labeled(seed: int, objects: int, skills: Sequence[float], *, inverted: int = 0) -> tuple[list[str], Votes]:
    """Workers who are right by their skill and otherwise say anything; the last ``inverted`` say the next class."""
    draw = random.Random(seed)
    truth = [draw.choice(CLASSES) for _ in range(objects)]

    def said(worker: int, true: str) -> str:
        if worker >= len(skills) - inverted:
            true = CLASSES[(CLASSES.index(true) + 1) % len(CLASSES)]
        return true if draw.random() < skills[worker] else draw.choice(CLASSES)

    return truth, [{f"w{worker}": said(worker, true) for worker in range(len(skills))} for true in truth]


def _reference(votes: Votes, classes: Sequence[str], rounds: int) -> Any:
    """The same estimates, as one tensor over workers, true and said classes."""
    workers = sorted({worker for said in votes for worker in said})
    said = numpy.zeros((len(votes), len(workers), len(classes)))
    for row, each in enumerate(votes):
        for worker, vote in each.items():
            said[row, workers.index(worker), classes.index(vote)] = 1
    belief = said.sum(axis=1) / said.sum(axis=(1, 2))[:, None]
    for _ in range(rounds):
        prior = belief.sum(axis=0) + 0.1
        confusion = numpy.einsum("it,iws->wts", belief, said) + 0.1
        confusion /= confusion.sum(axis=2, keepdims=True)
        logs = numpy.log(prior / prior.sum()) + numpy.einsum("iws,wts->it", said, numpy.log(confusion))
        belief = numpy.exp(logs - logs.max(axis=1, keepdims=True))
        belief /= belief.sum(axis=1, keepdims=True)
    return belief


def _right(truth: Sequence[str], beliefs: Sequence[dict[str, float]]) -> float:
    return sum(
        max(CLASSES, key=belief.__getitem__) == true for true, belief in zip(truth, beliefs, strict=True)
    ) / len(truth)


@pytest.mark.parametrize("seed", range(5))
def test_beliefs_are_those_of_the_reference(seed: int) -> None:
    _, votes = _labeled(seed, 60, (0.9, 0.7, 0.6, 0.3))
    # Not everybody has seen everything.
    draw = random.Random(seed)
    votes = [
        {worker: vote for worker, vote in said.items() if worker == "w0" or draw.random() < 0.8} for said in votes
    ]
    found = [[belief[each] for each in CLASSES] for belief in dawid_skene(votes, CLASSES)]
    numpy.testing.assert_allclose(found, _reference(votes, CLASSES, 100), atol=1e-4)


def test_it_is_right_more_often_than_the_majority() -> None:
    better = 0
    for seed in range(10):
        truth, votes = _labeled(seed, 200, (0.95, 0.9, 0.2, 0.2, 0.2))
        found, counted = _right(truth, dawid_skene(votes, CLASSES)), _right(truth, shares(votes, CLASSES))
        assert found >= counted - 0.01
        better += found > counted + 0.03
    assert better >= 8


def test_workers_who_are_wrong_in_the_same_way_count() -> None:
    truth, votes = _labeled(1, 300, (0.9, 0.9, 0.9, 0.95, 0.95), inverted=2)
    assert _right(truth, dawid_skene(votes, CLASSES)) > 0.98


def test_the_order_of_workers_and_objects_does_not_matter() -> None:
    _, votes = _labeled(3, 40, (0.9, 0.6, 0.5))
    turned = [dict(sorted(said.items(), reverse=True)) for said in votes[::-1]]
    for one, other in zip(dawid_skene(votes, CLASSES), dawid_skene(turned, CLASSES)[::-1], strict=True):
        assert one == pytest.approx(other, abs=1e-6)


@pytest.mark.parametrize("believe", [dawid_skene, shares])
def test_beliefs_add_up_to_one(believe: Any) -> None:
    _, votes = _labeled(4, 30, (0.9, 0.6))
    assert all(math.isclose(sum(belief.values()), 1) for belief in believe(votes, CLASSES))


def test_one_object_alone_is_decided_by_its_majority() -> None:
    [belief] = dawid_skene([{"x": "a", "y": "a", "z": "b"}], CLASSES)
    assert max(belief, key=belief.__getitem__) == "a"
    assert belief["a"] < 1


def test_nothing_is_believed_of_no_objects() -> None:
    assert dawid_skene([], CLASSES) == []
