"""Boxes and spans of several workers: what they mean is found again, whatever their order."""

import random
from collections.abc import Sequence
from itertools import pairwise, permutations

import pytest

from lambdas.labeling.answers import Box, Span
from lambdas.labeling.matching import box_overlap, matched_boxes, matched_spans, span_overlap


def _pixels(box: Box) -> set[tuple[int, int]]:
    return {
        (x, y)
        for x in range(int(box.left), int(box.left + box.width))
        for y in range(int(box.top), int(box.top + box.height))
    }


@pytest.mark.parametrize("seed", range(20))
def test_overlap_is_that_of_the_pixels(seed: int) -> None:
    draw = random.Random(seed)
    one, other = (
        Box("x", draw.randrange(9), draw.randrange(9), draw.randrange(1, 9), draw.randrange(1, 9)) for _ in "ab"
    )
    both, either = _pixels(one) & _pixels(other), _pixels(one) | _pixels(other)
    assert box_overlap(one, other) == pytest.approx(len(both) / len(either))
    a, b = (Span("x", start, start + draw.randrange(1, 9)) for start in (draw.randrange(9), draw.randrange(9)))
    chars, others = set(range(a.start, a.end)), set(range(b.start, b.end))
    assert span_overlap(a, b) == pytest.approx(len(chars & others) / len(chars | others))


def _drawn(seed: int) -> tuple[list[Box], list[list[Box]]]:
    """Things far apart, drawn a little off by five workers, of whom one draws something that is not there."""
    draw = random.Random(seed)
    things = [
        Box(draw.choice("ab"), 200 * column, 40, draw.randint(60, 120), draw.randint(60, 120)) for column in range(6)
    ]

    def off(box: Box) -> Box:
        return Box(box.label, *(value + draw.uniform(-4, 4) for value in (box.left, box.top, box.width, box.height)))

    workers = [[off(thing) for thing in things] for _ in range(5)]
    for boxes in workers:
        draw.shuffle(boxes)
    workers[0].append(Box("a", 100, 900, 50, 50))
    workers[1].pop()
    return things, workers


@pytest.mark.parametrize("seed", range(10))
def test_what_is_there_is_found_and_nothing_else(seed: int) -> None:
    things, workers = _drawn(seed)
    found = sorted(matched_boxes(workers), key=lambda each: each.shape.left)
    assert [each.shape.label for each in found] == [thing.label for thing in things]
    for thing, each in zip(things, found, strict=True):
        assert box_overlap(thing, each.shape) > 0.85
        assert 0.6 < each.confidence < 1


def test_the_order_of_workers_does_not_matter() -> None:
    _, workers = _drawn(1)
    assert len({repr(matched_boxes(order)) for order in permutations(workers[:4])}) == 1


def test_two_boxes_of_one_worker_are_two_things() -> None:
    twice = [Box("a", 0, 0, 10, 10), Box("a", 1, 0, 10, 10)]
    assert len(matched_boxes([twice, twice, twice])) == 2


def test_a_chain_of_boxes_is_not_one_thing() -> None:
    chain = [[Box("a", 3.0 * step, 0, 10, 10)] for step in range(4)]
    assert all(box_overlap(one[0], other[0]) >= 0.5 for one, other in pairwise(chain))
    assert matched_boxes(chain) == []


def test_one_worker_is_taken_at_their_word_and_is_sure_of_nothing() -> None:
    [found] = matched_boxes([[Box("a", 1, 2, 3, 4)]])
    assert (found.shape, found.confidence) == (Box("a", 1, 2, 3, 4), 0.0)


def test_spans_have_the_boundaries_and_the_label_of_most() -> None:
    marked: Sequence[Sequence[Span]] = [
        [Span("Person", 0, 3), Span("Date", 16, 26)],
        [Span("Person", 0, 4), Span("Date", 16, 22)],
        [Span("Place", 0, 3), Span("Date", 16, 26)],
    ]
    person, date = sorted(matched_spans(marked), key=lambda each: each.shape.start)
    assert (person.shape, date.shape) == (Span("Person", 0, 3), Span("Date", 16, 26))
    assert person.confidence == pytest.approx(2 / 3 * (3 / 4 + 1 + 3 / 4) / 3, abs=1e-4)
    assert date.confidence == pytest.approx((0.6 + 1 + 0.6) / 3, abs=1e-4)
