"""Missing values."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from jobs.errors import JobError
from wrangling.flow import Node, Parameters
from wrangling.frames import Column, Frame, cast, existing, missing, normalized, numeric, type_of
from wrangling.operators.operation import Make, Operation, by_column, member, of_one, one_of, only

_NAME = "sagemaker.spark.handle_missing_0.1"


def _impute(node: Node) -> Operation:
    given = member(node, "impute_parameters")
    kind = given.get("column_type")
    one_of(node, "column_type", kind, ("Numeric", "Categorical"))
    details: Parameters = given.get(f"{str(kind).lower()}_parameters") or {}
    only(node, details, "input_column", "output_column", "strategy")
    if kind == "Categorical":
        return by_column(details, _most_frequent)
    strategy = details.get("strategy")
    one_of(node, "strategy", strategy, ("Mean", "Approximate Median"))

    def change(frame: Frame, name: str, output: str) -> Frame:
        values = numeric(frame, name)
        known = np.sort(values.dropna().to_numpy())
        if not len(known):
            raise JobError(f"column {name} has no value to learn from")
        # Spark's approximate median is a value of the column, the exact one of these within its error.
        found = known.mean() if strategy == "Mean" else known[(len(known) - 1) // 2]
        return frame.assign(**{output: values.fillna(float(found))})

    return by_column(details, change)


def _most_frequent(frame: Frame, name: str, output: str) -> Frame:
    column = existing(frame, name)
    counted = Counter(column[~missing(column)]).most_common(1)
    if not counted:
        raise JobError(f"column {name} has no value to learn from")
    return frame.assign(**{output: _filled(column, counted[0][0])})


def _fill(node: Node) -> Operation:
    given = member(node, "fill_missing_parameters")
    only(node, given, "input_column", "output_column", "fill_value")

    def change(frame: Frame, name: str, output: str) -> Frame:
        column = existing(frame, name)
        value = cast(pd.Series([given.get("fill_value")], dtype="object"), type_of(column)).iloc[0]
        if pd.isna(value):
            asked = given.get("fill_value")
            raise JobError(f"the value must be of type {type_of(column)}, as {name} is, got: {asked}")
        return frame.assign(**{output: _filled(column, value)})

    return by_column(given, change)


def _indicate(node: Node) -> Operation:
    given = member(node, "add_indicator_for_missing_parameters")
    only(node, given, "input_column", "output_column")

    def change(frame: Frame, name: str, output: str) -> Frame:
        target = f"{name}_indicator" if output == name else output
        return frame.assign(**{target: missing(existing(frame, name)).astype("boolean")})

    return by_column(given, change)


def _drop(node: Node) -> Operation:
    given = member(node, "drop_missing_parameters")
    one_of(node, "dimension", given.get("dimension") or "Drop Rows", ("Drop Rows",))
    # The columns of older flows are a level below.
    details: Parameters = given.get("drop_rows_parameters") or given
    only(node, details, "input_column", "dimension")
    named = details.get("input_column") or []
    wanted: list[Any] = named if isinstance(named, list) else [named]

    def run(frame: Frame) -> Frame:
        gone = pd.Series(data=False, index=frame.index)
        for each in wanted or frame.columns:
            gone |= missing(existing(frame, each))
        return frame[~gone].reset_index(drop=True)

    return of_one(run)


def _filled(column: Column, value: Any) -> Column:
    filled = column.where(~missing(column), value)
    return normalized(pd.DataFrame({column.name: filled}))[column.name]


OPERATORS: dict[tuple[str, str | None], Make] = {
    (_NAME, "Impute"): _impute,
    (_NAME, "Fill missing"): _fill,
    (_NAME, "Add indicator for missing"): _indicate,
    (_NAME, "Drop missing"): _drop,
}
