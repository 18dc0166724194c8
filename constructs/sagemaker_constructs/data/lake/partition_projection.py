"""Partitions that Athena computes from properties of a table, so that nobody has to register them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sagemaker_constructs.core.problems import Problem, in_range, one_of, positive
from sagemaker_constructs.core.tokens import is_token

_RELATIVE = r"NOW(\s*[+-]\s*\d+\s*(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?)?"
_LETTERS = {
    "yyyy": r"\d{4}",
    "yy": r"\d{2}",
    "MM": r"\d{2}",
    "dd": r"\d{2}",
    "HH": r"\d{2}",
    "mm": r"\d{2}",
    "ss": r"\d{2}",
}
_MOST = 2**63 - 1
DateUnit = Literal["YEARS", "MONTHS", "WEEKS", "DAYS", "HOURS", "MINUTES", "SECONDS"]


@dataclass(frozen=True)
class DateProjection:
    """A key that is a date from ``first`` to ``last``, one every ``interval`` of ``unit``.

    ``format`` is Java's, such as ``"yyyy-MM-dd"`` or ``"yyyy/MM/dd/HH"``; ``first`` and ``last`` are dates of it, or
    relative, such as ``"NOW-3YEARS"`` and ``"NOW"``, in UTC.

    See https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
    """

    first: str
    last: str = "NOW"
    format: str = "yyyy-MM-dd"
    interval: int = 1
    unit: DateUnit = "DAYS"

    @property
    def column_type(self) -> str:
        """Glue's type of the key."""
        return "string"

    def properties(self) -> Mapping[str, str]:
        """Properties of the table, after ``projection.<key>.``."""
        return {
            "type": "date",
            "format": self.format,
            "range": f"{self.first},{self.last}",
            "interval": str(self.interval),
            "interval.unit": self.unit,
        }

    def problems(self) -> Iterator[Problem | None]:
        """What Athena would not project."""
        yield one_of("unit", self.unit, get_args(DateUnit))
        yield positive("interval", self.interval)
        shown = _pattern(self.format)
        if shown is None:
            yield Problem(
                "format", f"must be made of yyyy, MM, dd, HH, mm, ss and what stands between, got: {self.format!r}"
            )
            return
        for path, value in (("first", self.first), ("last", self.last)):
            if not is_token(value) and not re.fullmatch(rf"{shown}|{_RELATIVE}", value, re.I):
                yield Problem(path, f"must be a date like {self.format}, or NOW with a distance, got: {value!r}")


@dataclass(frozen=True)
class IntegerProjection:
    """A key that is a number from ``first`` to ``last``, with leading zeros up to ``digits``.

    See https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
    """

    first: int
    last: int
    interval: int = 1
    digits: int | None = None

    @property
    def column_type(self) -> str:
        """Glue's type of the key: text where zeros stand before it."""
        return "string" if self.digits else "bigint"

    def properties(self) -> Mapping[str, str]:
        """Properties of the table, after ``projection.<key>.``."""
        padded = {"digits": str(self.digits)} if self.digits else {}
        return {"type": "integer", "range": f"{self.first},{self.last}", "interval": str(self.interval), **padded}

    def problems(self) -> Iterator[Problem | None]:
        """What Athena would not project."""
        yield in_range("last", self.last, self.first, _MOST)
        yield positive("interval", self.interval)
        yield in_range("digits", self.digits, 1, 19) if self.digits is not None else None


@dataclass(frozen=True)
class EnumProjection:
    """A key that is one of ``values``, such as regions.

    See https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
    """

    values: Sequence[str]

    @property
    def column_type(self) -> str:
        """Glue's type of the key."""
        return "string"

    def properties(self) -> Mapping[str, str]:
        """Properties of the table, after ``projection.<key>.``."""
        return {"type": "enum", "values": ",".join(self.values)}

    def problems(self) -> Iterator[Problem | None]:
        """What Athena would not project."""
        if not self.values:
            yield Problem("values", "must hold at least one value")
        for index, each in enumerate(self.values):
            if not is_token(each) and (not each or "," in each or each != each.strip()):
                yield Problem(f"values[{index}]", f"must have neither commas nor spaces around it, got: {each!r}")


@dataclass(frozen=True)
class InjectedProjection:
    """A key of any text, such as a customer's identifier: every query has to say ``key = '…'``.

    See https://docs.aws.amazon.com/athena/latest/ug/partition-projection-dynamic-id-partitioning.html
    """

    @property
    def column_type(self) -> str:
        """Glue's type of the key."""
        return "string"

    def properties(self) -> Mapping[str, str]:
        """Properties of the table, after ``projection.<key>.``."""
        return {"type": "injected"}

    def problems(self) -> Iterator[Problem | None]:
        """Nothing."""
        return iter(())


Projection = DateProjection | IntegerProjection | EnumProjection | InjectedProjection


def _pattern(form: str) -> str | None:
    """What a date of a format looks like; None for letters that are not known."""
    parts = re.findall(r"'([^']*)'|(([A-Za-z])\3*)|([^A-Za-z']+)", form)
    shown: list[str] = []
    for quoted, letters, _, between in parts:
        if letters and letters not in _LETTERS:
            return None
        shown.append(_LETTERS[letters] if letters else re.escape(quoted or between))
    return "".join(shown) if any(part[1] for part in parts) else None
