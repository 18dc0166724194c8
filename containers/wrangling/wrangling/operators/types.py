"""Types of columns."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from jobs.errors import JobError
from wrangling.flow import Node
from wrangling.frames import Column, Frame, cast, existing, normalized, python_format, type_of
from wrangling.operators.operation import Make, Operation, of_one, one_of, only

_SAMPLE = 1_000
_MOST = 0.8
_NULL_LIKE = ("null", "none", "nil", "na", "nan")


def _identity(node: Node) -> Operation:
    del node
    return of_one(lambda frame: frame)


def _infer(node: Node) -> Operation:
    only(node, node.parameters)
    schema: Mapping[str, str] = node.learned.get("schema") or {}

    def run(frame: Frame) -> Frame:
        if schema and set(schema) != set(frame.columns):
            here, named = ", ".join(map(str, frame.columns)), ", ".join(schema)
            raise JobError(f"the flow knows the columns {named}, and the data has {here}")
        kinds = schema or {name: _inferred(frame[name].head(_SAMPLE)) for name in frame.columns}
        columns = {name: frame[name] if kind == "object" else cast(frame[name], kind) for name, kind in kinds.items()}
        return pd.DataFrame(columns)

    return of_one(run)


def _inferred(column: Column) -> str:
    if type_of(column) != "string":
        return type_of(column)
    values = [each for each in column if each is not None]
    known = [each for each in values if each.strip() and not each.strip().lower().startswith(_NULL_LIKE)]
    if not known:
        return "string"
    numbers = [each for each in values if _is_number(each)]
    if len(numbers) / len(column) > _MOST:
        whole = [each for each in numbers if each.strip().lstrip("+-").isdigit()]
        return "long" if len(whole) / len(numbers) > _MOST else "float"
    if sum(each.lower() in ("true", "false") for each in values) / len(column) > _MOST:
        return "bool"
    dates = sum(_is_date(each) for each in values)
    times = int(pd.to_datetime(pd.Series(values), errors="coerce", format="mixed").notna().sum())
    if dates / len(known) > _MOST:
        return "datetime" if times > dates else "date"
    return "datetime" if times / len(known) > _MOST else "string"


def _is_number(text: str) -> bool:
    try:
        return "_" not in text and abs(float(text)) < float("inf")
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _cast_one(node: Node) -> Operation:
    given = node.parameters
    known = ("non_castable_data_handling_method", "replace_value", "date_formatting", "datetime_formatting")
    only(node, given, "column", "original_data_type", "data_type", *known)
    kind = str(given["data_type"])
    method = given.get("non_castable_data_handling_method") or "replace_null"
    methods = ("replace_null", "replace_null_with_new_col", "replace_value", "replace_value_with_new_col", "drop")
    one_of(node, "non_castable_data_handling_method", method, methods)
    form = None
    if kind == "date":
        form = str(given.get("date_formatting") or "dd-MM-yyyy")
    elif kind == "datetime":
        form = given.get("datetime_formatting") or None
    if form is not None:
        python_format(form)

    def run(frame: Frame) -> Frame:
        name = str(given["column"])
        before = existing(frame, name)
        if type_of(before) == kind:
            return frame
        after = cast(before, kind, date_format=form)
        failed = after.isna()
        if method == "drop":
            return frame.assign(**{name: after})[~failed].reset_index(drop=True)
        if method.startswith("replace_value"):
            fixed = cast(pd.Series([given.get("replace_value")], dtype="object"), kind, date_format=form)
            after = after.where(~failed, fixed.iloc[0])
        frame = frame.assign(**{name: after})
        if method.endswith("_with_new_col"):
            kept = cast(before, "string").where(failed, "")
            frame.insert(frame.columns.get_loc(name) + 1, f"{name}_typecast_error", kept)
        return normalized(frame)

    return of_one(run)


OPERATORS: dict[tuple[str, str | None], Make] = {
    ("sagemaker.dataset.identity_0.1", None): _identity,
    ("sagemaker.spark.infer_and_cast_type_0.1", None): _infer,
    ("sagemaker.spark.cast_single_data_type_0.1", None): _cast_one,
}
