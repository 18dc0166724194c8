"""Columns dropped, renamed, copied and moved."""

from typing import Any

from jobs.errors import JobError
from wrangling.flow import Node, Parameters
from wrangling.frames import Frame, existing
from wrangling.operators.operation import Make, Operation, by_column, member, of_one, one_of, only

_NAME = "sagemaker.spark.manage_columns_0.1"


def _drop(node: Node) -> Operation:
    given = member(node, "drop_column_parameters")
    only(node, given, "column_to_drop")
    named: Any = given.get("column_to_drop")
    columns: list[str] = named if isinstance(named, list) else [named]

    def run(frame: Frame) -> Frame:
        for each in columns:
            existing(frame, each)
        return frame.drop(columns=columns)

    return of_one(run)


def _rename(node: Node) -> Operation:
    given = member(node, "rename_column_parameters")
    only(node, given, "input_column", "new_name")

    def run(frame: Frame) -> Frame:
        name, new = existing(frame, given.get("input_column")).name, given.get("new_name")
        if not new or new in frame.columns:
            raise JobError(f"the new name must be one that no column has, got: {new}")
        return frame.rename(columns={name: new})

    return of_one(run)


def _duplicate(node: Node) -> Operation:
    given = member(node, "duplicate_column_parameters")
    only(node, given, "input_column", "new_name")

    def change(frame: Frame, name: str, output: str) -> Frame:
        del output
        new = given.get("new_name")
        if not new or new == name:
            raise JobError(f"the copy must have a name of its own, got: {new}")
        return frame.assign(**{str(new): existing(frame, name)})

    return by_column(given, change)


def _move(node: Node) -> Operation:
    given = member(node, "move_column_parameters")
    kinds = ("Move to start", "Move to end", "Move to index", "Move after", "Move before")
    kind = given.get("move_type")
    one_of(node, "move_type", kind, kinds)
    details: Parameters = given.get(f"{str(kind).lower().replace(' ', '_')}_parameters") or {}
    only(node, details, "column_to_move", "index", "target_column")

    def run(frame: Frame) -> Frame:
        name = str(existing(frame, details.get("column_to_move")).name)
        others = [str(each) for each in frame.columns if each != name]
        place = 0
        if kind == "Move to end":
            place = len(others)
        elif kind == "Move to index":
            place = int(details["index"])
            if not 0 <= place <= len(others):
                raise JobError(f"the index must be from 0 to {len(others)}, got: {place}")
        elif kind in ("Move after", "Move before"):
            target = existing(frame, details.get("target_column")).name
            if target == name:
                raise JobError(f"a column cannot be moved beside itself, got: {name}")
            place = others.index(str(target)) + (kind == "Move after")
        return frame[[*others[:place], name, *others[place:]]]

    return of_one(run)


OPERATORS: dict[tuple[str, str | None], Make] = {
    (_NAME, "Drop column"): _drop,
    (_NAME, "Rename column"): _rename,
    (_NAME, "Duplicate column"): _duplicate,
    (_NAME, "Move column"): _move,
}
