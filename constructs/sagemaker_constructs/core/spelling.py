"""What somebody may have meant who wrote something else."""

from collections.abc import Iterable


def nearest_to(value: str, choices: Iterable[str], *, most: int = 3) -> list[str]:
    """The members of ``choices`` that the fewest edits make of ``value``, nearest first, ``most`` of them at most.

    An edit inserts, deletes or replaces one character, or exchanges two neighbors. More edits than a third of the
    characters make another word. Of members as near as each other, the first in order come first.

    See https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance
    """
    written = value.lower()
    counted = [(_edits(written, choice.lower()), choice) for choice in choices]
    near = [(count, choice) for count, choice in counted if count <= max(1, len(written) // 3)]
    if not near:
        return []
    least = min(count for count, _ in near)
    return [choice for count, choice in sorted(near, key=lambda each: each[0]) if count <= least + 1][:most]


def _edits(one: str, other: str) -> int:
    """The edits between two texts, none of which touches a place twice."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        here = [row]
        for column, right in enumerate(other, start=1):
            count = min(above[column] + 1, here[-1] + 1, above[column - 1] + (left != right))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                count = min(count, before[column - 2] + 1)
            here.append(count)
        before, above = above, here
    return above[-1]
