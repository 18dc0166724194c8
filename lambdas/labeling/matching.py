"""Which boxes, or spans, of several workers mean the same thing: those that share most of their area."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from statistics import fmean, median
from typing import Generic, TypeVar

from lambdas.labeling.answers import Box, Span

SAME = 0.5
"""How much two shapes have in common, of what they cover together, to mean the same thing."""

Shape = TypeVar("Shape", Box, Span)


@dataclass(frozen=True)
class Matched(Generic[Shape]):
    """One thing that workers have marked, and how sure it is: 0 with one worker, as no other has confirmed it."""

    shape: Shape
    confidence: float


def matched_boxes(answers: Sequence[Sequence[Box]]) -> list[Matched[Box]]:
    """One box for each thing that more than half of the workers have drawn: the middle of theirs.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-annotation-consolidation.html
    """
    return _matched(answers, box_overlap, _middle_box)


def matched_spans(answers: Sequence[Sequence[Span]]) -> list[Matched[Span]]:
    """One span for each thing that more than half of the workers have marked: the middle of theirs."""
    return _matched(answers, span_overlap, _middle_span)


def box_overlap(one: Box, other: Box) -> float:
    """The area that both cover, of what they cover together (Jaccard index, or IoU)."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    both = max(0.0, width) * max(0.0, height)
    return both / (one.width * one.height + other.width * other.height - both)


def span_overlap(one: Span, other: Span) -> float:
    """The characters that both cover, of what they cover together."""
    both = max(0, min(one.end, other.end) - max(one.start, other.start))
    return both / (one.end - one.start + other.end - other.start - both)


def _matched(
    answers: Sequence[Sequence[Shape]],
    overlap: Callable[[Shape, Shape], float],
    middle: Callable[[str, Sequence[Shape]], Shape],
) -> list[Matched[Shape]]:
    if len(answers) == 1:
        return [Matched(shape, 0.0) for shape in answers[0]]
    found: list[Matched[Shape]] = []
    for group in _groups(answers, overlap):
        if 2 * len(group) > len(answers):
            label, count = min(Counter(each.label for each in group).items(), key=lambda item: (-item[1], item[0]))
            agreed = [overlap(one, other) for one, other in combinations(group, 2)]
            found.append(Matched(middle(label, group), round(count / len(answers) * fmean(agreed), 4)))
    return sorted(found, key=lambda each: repr(each.shape))


def _groups(answers: Sequence[Sequence[Shape]], overlap: Callable[[Shape, Shape], float]) -> list[list[Shape]]:
    """Join what has most in common first; a group holds one shape of a worker, and all in it mean the same thing."""
    marked = [(worker, shape) for worker, shapes in enumerate(answers) for shape in shapes]
    groups = {index: [index] for index in range(len(marked))}
    of = list(range(len(marked)))
    near = [
        (overlap(marked[one][1], marked[other][1]), one, other)
        for one, other in combinations(range(len(marked)), 2)
        if marked[one][0] != marked[other][0]
    ]
    # What is marked decides between equals, so that the order of workers does not.
    for common, one, other in sorted(near, key=lambda pair: (-pair[0], sorted(repr(marked[i][1]) for i in pair[1:]))):
        mine, theirs = groups[of[one]], groups[of[other]]
        if common < SAME or of[one] == of[other]:
            continue
        if {marked[each][0] for each in mine} & {marked[each][0] for each in theirs}:
            continue
        if all(overlap(marked[a][1], marked[b][1]) >= SAME for a, b in product(mine, theirs)):
            groups[of[one]] = mine + theirs
            for each in groups.pop(of[other]):
                of[each] = of[one]
    return [[marked[each][1] for each in group] for group in groups.values()]


def _middle_box(label: str, boxes: Sequence[Box]) -> Box:
    left, top = median(box.left for box in boxes), median(box.top for box in boxes)
    right = median(box.left + box.width for box in boxes)
    bottom = median(box.top + box.height for box in boxes)
    return Box(label, left, top, right - left, bottom - top)


def _middle_span(label: str, spans: Sequence[Span]) -> Span:
    return Span(label, round(median(span.start for span in spans)), round(median(span.end for span in spans)))
