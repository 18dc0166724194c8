"""Tables in memory, with the types that flows know."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from jobs.errors import JobError

# pandas has no types of its own.
Frame: TypeAlias = Any
"""A DataFrame."""
Column: TypeAlias = Any
"""A Series."""
TYPES = ("long", "float", "bool", "date", "datetime", "string")
_TRUE, _FALSE = ("t", "true", "y", "yes", "1"), ("f", "false", "n", "no", "0")
_LEAST, _MOST = -(2**63), 2**63 - 1
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?")
_LETTERS = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def type_of(column: Column) -> str:
    """The flow's name for the type of a column."""
    kind = column.dtype
    if kind == "Int64":
        return "long"
    if kind == "boolean":
        return "bool"
    if kind == "float64":
        return "float"
    if str(kind).startswith("datetime64"):
        return "datetime"
    first = next((each for each in column if each is not None), None)
    return "date" if isinstance(first, date) else "string"


def normalized(frame: Frame) -> Frame:
    """A table of any origin with the types of flows: Int64, float64, boolean, datetime64, dates and texts."""
    return pd.DataFrame({name: _normal(frame[name]) for name in frame.columns})


def plain(frame: Frame) -> Frame:
    """The table as code of a user's own expects it: NumPy's types where nothing is missing."""
    return pd.DataFrame({name: _plain(frame[name]) for name in frame.columns})


def cast(column: Column, kind: str, *, date_format: str | None = None) -> Column:
    """The column as Spark casts it: what cannot be cast is missing. Raises JobError for an unknown type."""
    if kind not in TYPES:
        raise JobError(f"the type must be one of {', '.join(TYPES)}, got: {kind}")
    if type_of(column) == kind:
        return column
    if kind == "long":
        return pd.Series([_long(each) for each in column], index=column.index, dtype="Int64", name=column.name)
    if kind == "float":
        return pd.Series([_float(each) for each in column], index=column.index, dtype="float64", name=column.name)
    if kind == "bool":
        return pd.Series([_bool(each) for each in column], index=column.index, dtype="boolean", name=column.name)
    if kind == "string":
        return _texts(column, _text)
    if kind == "date":
        form = None if date_format is None else python_format(date_format)
        return _texts(column, lambda each: _date(each, form))
    form = None if date_format is None else python_format(date_format)
    found = pd.to_datetime(column.map(_text), errors="coerce", format=form or "mixed")
    return found.astype("datetime64[us]")


def python_format(form: str) -> str:
    """A format in Java's letters in those of Python. Raises JobError for letters without a translation."""
    parts = re.findall(r"([A-Za-z])(\1*)|([^A-Za-z]+)", form)
    words: list[str] = [first + more or rest for first, more, rest in parts]
    unknown = [each for each in words if each[0].isalpha() and each not in _LETTERS]
    if unknown:
        raise JobError(f"the format {form} has letters that do not run here: {', '.join(unknown)}")
    return "".join(_LETTERS.get(each, each) for each in words)


def missing(column: Column) -> Column:
    """Where a value is missing: null, not a number, or a text of spaces."""
    if type_of(column) == "string":
        return column.map(lambda each: each is None or not str(each).strip()).astype(bool)
    return column.isna()


def existing(frame: Frame, name: Any) -> Column:
    """A column. Raises JobError when it is not there."""
    if not isinstance(name, str) or name not in frame.columns:
        raise JobError(f"there is no column {name}, but {', '.join(map(str, frame.columns))}")
    return frame[name]


def numeric(frame: Frame, name: Any) -> Column:
    """A column of numbers as floats. Raises JobError for other types."""
    column = existing(frame, name)
    if type_of(column) not in ("long", "float"):
        raise JobError(f"column {name} must be of numbers: cast it first, got: {type_of(column)}")
    return pd.Series(column.to_numpy(dtype="float64", na_value=np.nan), index=column.index, name=name)


def changed(frame: Frame, **columns: Column) -> Frame:
    """The table with columns added or replaced."""
    return frame.assign(**columns)


def _normal(column: Column) -> Column:
    kind = str(column.dtype)
    if kind in ("Int64", "boolean", "float64"):
        return column
    if kind in ("bool", "boolean"):
        return column.astype("boolean")
    if kind.lower().startswith(("int", "uint")):
        return column.astype("Int64")
    if kind.lower().startswith("float"):
        return column.astype("float64")
    if kind.startswith("datetime64"):
        return (column.dt.tz_localize(None) if column.dt.tz else column).astype("datetime64[us]")
    values = [None if _is_missing(each) else each for each in column]
    present = [each for each in values if each is not None]
    if present and all(isinstance(each, bool | np.bool_) for each in present):
        return pd.Series(values, index=column.index, dtype="boolean", name=column.name)
    if present and all(isinstance(each, int | np.integer) for each in present):
        return pd.Series(values, index=column.index, dtype="Int64", name=column.name)
    if present and all(isinstance(each, int | float | np.number) for each in present):
        return pd.Series(values, index=column.index, dtype="float64", name=column.name)
    if present and all(isinstance(each, date) for each in present):
        return pd.Series(values, index=column.index, dtype="object", name=column.name)
    return pd.Series([_text(each) for each in values], index=column.index, dtype="object", name=column.name)


def _plain(column: Column) -> Column:
    kind = str(column.dtype)
    if kind == "Int64":
        return column.astype("float64" if column.hasnans else "int64")
    if kind == "boolean":
        return column.astype("object" if column.hasnans else "bool")
    return column


def _texts(column: Column, change: Callable[[Any], Any]) -> Column:
    return pd.Series([change(each) for each in column], index=column.index, dtype="object", name=column.name)


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def _text(value: Any) -> str | None:
    if _is_missing(value):
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ")
    return str(value)


def _float(value: Any) -> float:
    if _is_missing(value):
        return np.nan
    try:
        return float(str(value).strip()) if isinstance(value, str) and "_" not in value else float(value)
    except (TypeError, ValueError):
        return np.nan


def _long(value: Any) -> Any:
    if _is_missing(value):
        return pd.NA
    if isinstance(value, str):
        # Spark reads whole numbers and decimal ones, of which it drops the fraction, and no exponents.
        found = re.fullmatch(r"\s*([+-]?\d+)(?:\.\d*)?\s*", value)
        whole = int(found[1]) if found else None
    else:
        number = _float(value)
        whole = None if not np.isfinite(number) else int(value)
    return pd.NA if whole is None or not _LEAST <= whole <= _MOST else whole


def _bool(value: Any) -> Any:
    if _is_missing(value) or isinstance(value, date):
        return pd.NA
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else pd.NA
    return bool(value)


def _date(value: Any, form: str | None) -> date | None:
    text = _text(value)
    if text is None:
        return None
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        if form is not None:
            return pd.to_datetime(text, format=form).date()
        found = _DATE.fullmatch(text.strip())
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
