"""Categories as numbers."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from jobs.errors import JobError
from wrangling.flow import Node
from wrangling.frames import Column, Frame, cast, existing
from wrangling.operators.operation import Make, Operation, by_column, member, one_of, only

_NAME = "sagemaker.spark.encode_categorical_0.1"


def _one_hot(node: Node) -> Operation:
    given = member(node, "one_hot_encode_parameters")
    known = ("invalid_handling_strategy", "drop_last", "output_style", "input_already_ordinal_encoded")
    only(node, given, "input_column", "output_column", *known)
    one_of(node, "output_style", given.get("output_style"), ("Columns",))
    one_of(node, "input_already_ordinal_encoded", given.get("input_already_ordinal_encoded") or False, (False,))
    strategy = given.get("invalid_handling_strategy") or "Error"
    one_of(node, "invalid_handling_strategy", strategy, ("Keep", "Skip", "Error"))
    # Where missing values are kept, the last category is the one of theirs, which has no column.
    if strategy != "Keep":
        one_of(node, "drop_last", given.get("drop_last"), (False,))

    def change(frame: Frame, name: str, output: str) -> Frame:
        column = cast(existing(frame, name), "string").map(lambda each: each or None)
        frame = _without_missing(frame, column, strategy)
        column = column[column.index.isin(frame.index)]
        found = {f"{output}_{label}": (column == label).astype("float64") for label in _labels(column)}
        kept = frame.drop(columns=[name]) if output == name else frame
        return pd.concat([kept, pd.DataFrame(found, index=frame.index)], axis=1).reset_index(drop=True)

    return by_column(given, change)


def _ordinal(node: Node) -> Operation:
    given = member(node, "ordinal_encode_parameters")
    only(node, given, "input_column", "output_column", "invalid_handling_strategy")
    strategy = given.get("invalid_handling_strategy") or "Error"
    one_of(node, "invalid_handling_strategy", strategy, ("Keep", "Skip", "Error", "Replace with NaN"))

    def change(frame: Frame, name: str, output: str) -> Frame:
        column = cast(existing(frame, name), "string")
        frame = _without_missing(frame, column, strategy)
        column = column[column.index.isin(frame.index)]
        places = {label: float(index) for index, label in enumerate(_labels(column))}
        last = float(len(places)) if strategy == "Keep" else np.nan
        values = [places.get(each, last) for each in column]
        numbers = pd.Series(values, index=frame.index, dtype="float64")
        return frame.assign(**{output: numbers}).reset_index(drop=True)

    return by_column(given, change)


def _labels(column: Column) -> Sequence[str]:
    """Categories, the most frequent one first, as Spark orders them."""
    counted = Counter(each for each in column if each is not None)
    return sorted(counted, key=lambda each: (-counted[each], each))


def _without_missing(frame: Frame, column: Column, strategy: str) -> Frame:
    gone = column.isna()
    if strategy == "Error" and gone.any():
        raise JobError(f"column {column.name} has {int(gone.sum())} missing values, and the step refuses them")
    return frame[~gone] if strategy == "Skip" else frame


OPERATORS: dict[tuple[str, str | None], Make] = {
    (_NAME, "One-hot encode"): _one_hot,
    (_NAME, "Ordinal encode"): _ordinal,
}
