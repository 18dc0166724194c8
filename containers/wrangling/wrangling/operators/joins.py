"""Two tables as one."""

from collections.abc import Mapping, Sequence

import duckdb

from jobs.errors import JobError
from wrangling.flow import Node
from wrangling.frames import Frame, existing, normalized
from wrangling.operators.operation import Make, Operation, one_of, only

_JOINS = {
    "inner": "JOIN",
    "leftouter": "LEFT JOIN",
    "rightouter": "RIGHT JOIN",
    "outer": "FULL JOIN",
    "fullouter": "FULL JOIN",
    "leftsemi": "SEMI JOIN",
    "leftanti": "ANTI JOIN",
}
_MOST_KEYS = 10


def _join_tables(node: Node) -> Operation:
    only(node, node.parameters, "left_column", "right_column", "join_type")
    return _joined(node, [(node.parameters["left_column"], node.parameters["right_column"])])


def _join_keys(node: Node) -> Operation:
    only(node, node.parameters, "join_keys", "join_type")
    keys = [(each.get("left"), each.get("right")) for each in node.parameters["join_keys"]]
    if not 1 <= len(keys) <= _MOST_KEYS:
        raise JobError(f"a join has 1 to {_MOST_KEYS} keys, got: {len(keys)} in {node.words}")
    return _joined(node, keys)


def _joined(node: Node, keys: Sequence[tuple[str, str]]) -> Operation:
    kind = str(node.parameters.get("join_type")).replace("_", "").lower()
    one_of(node, "join_type", kind, [*_JOINS])

    def run(frames: Sequence[Frame]) -> Mapping[str, Frame]:
        left, right = frames
        for mine, other in keys:
            existing(left, mine)
            existing(right, other)
        connection = duckdb.connect()
        # Columns without their names, which both may have.
        connection.register("l", left.set_axis([f"l{index}" for index in range(left.shape[1])], axis=1))
        connection.register("r", right.set_axis([f"r{index}" for index in range(right.shape[1])], axis=1))
        places = ((left.columns.get_loc(mine), right.columns.get_loc(other)) for mine, other in keys)
        condition = " AND ".join(f"l.l{mine} = r.r{other}" for mine, other in places)
        one_sided = kind in ("leftsemi", "leftanti")
        selected = "l.*" if one_sided else "l.*, r.*"
        try:
            found = connection.execute(f"SELECT {selected} FROM l {_JOINS[kind]} r ON {condition}").df()
        except duckdb.Error as error:
            raise JobError(f"the tables cannot be joined: {error}") from None
        names = [*left.columns] if one_sided else _apart([*left.columns, *right.columns])
        return {"default": normalized(found.set_axis(names, axis=1))}

    return run


def _apart(names: Sequence[str]) -> Sequence[str]:
    """Names that both tables have get a number at their end, in the order in which they stand."""
    seen: dict[str, int] = {}
    told: list[str] = []
    for name in names:
        if names.count(name) == 1:
            told.append(name)
        else:
            told.append(f"{name}_{seen.get(name, 0)}")
            seen[name] = seen.get(name, 0) + 1
    return told


OPERATORS: dict[tuple[str, str | None], Make] = {
    ("sagemaker.spark.join_tables_0.1", None): _join_tables,
    ("sagemaker.spark.join_multi_keys_0.1", None): _join_keys,
}
