"""The form of operators."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jobs.errors import JobError
from wrangling.flow import Node, Parameters
from wrangling.frames import Frame

Operation = Callable[[Sequence[Frame]], Mapping[str, Frame]]
"""From the tables that a node reads to its outputs by name."""
Make = Callable[[Node], Operation]
Change = Callable[[Frame], Frame]
OfColumn = Callable[[Frame, str, str], Frame]
"""From a table, an input column and an output column to the table with the latter."""


def member(node: Node, *path: str) -> Parameters:
    """The parameters below `path`, empty where there are none."""
    found: Any = node.parameters
    for name in path:
        found = found.get(name) or {}
    return found


def only(node: Node, given: Parameters, *known: str) -> None:
    """Refuse parameters that are not known, unless they say nothing. Raises JobError naming them."""
    unknown = [name for name, value in given.items() if name not in known and value not in (None, "", [], {})]
    if unknown:
        raise JobError(f"these parameters do not run here: {', '.join(unknown)} of {node.words}")


def one_of(node: Node, name: str, value: Any, known: Sequence[Any]) -> None:
    """Refuse a value that is none of `known`. Raises JobError."""
    if value not in known:
        listed = ", ".join(map(str, known))
        raise JobError(f"{name} must be one of {listed} here, got: {value}, of {node.words}")


def of_one(change: Change) -> Operation:
    """An operator with one input and the output `default`."""

    def run(frames: Sequence[Frame]) -> Mapping[str, Frame]:
        [frame] = frames
        return {"default": change(frame)}

    return run


def by_column(given: Parameters, change: OfColumn) -> Operation:
    """An operator that changes each input column in turn; of several, the output column is the beginning of names."""
    named: Any = given.get("input_column")
    columns: list[str] = named if isinstance(named, list) else [named]
    target = given.get("output_column") or ""

    def run(frame: Frame) -> Frame:
        for each in columns:
            output = f"{target}_{each}" if target and len(columns) > 1 else target or each
            frame = change(frame, each, output)
        return frame

    return of_one(run)
