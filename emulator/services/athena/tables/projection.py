"""Partitions that a table's properties project.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.language import date_formats
from emulator.services.athena.tables.catalog import CatalogTable, TablePartition, TableStorage

_MOST = 1_000_000
_STEPS = {
    "YEARS": "months",
    "MONTHS": "months",
    "WEEKS": "weeks",
    "DAYS": "days",
    "HOURS": "hours",
    "MINUTES": "minutes",
    "SECONDS": "seconds",
}
_UNITS = "|".join(unit.removesuffix("S") for unit in _STEPS)
_RELATIVE = re.compile(rf"NOW\s*(?:([+-])\s*(\d+)\s*({_UNITS})S?)?", re.IGNORECASE)


def projected(
    table: CatalogTable, injected: Mapping[str, Sequence[str]], now: datetime.datetime
) -> list[TablePartition]:
    """Every partition that the properties of a table describe.

    Args:
        table: A table with projection.
        injected: The values that the query gives to keys of type `injected`.
        now: The time that `NOW` stands for.
    """
    choices = [list(_values(table, key.name, injected, now)) for key in table.keys]
    count = 1
    for each in choices:
        count *= len(each)
    if count > _MOST:
        raise QueryFailed(f"The projection of {table.name} has {count} partitions, more than the emulator looks at.")
    return [TablePartition(values, _storage(table, values)) for values in itertools.product(*choices)]


def _storage(table: CatalogTable, values: Sequence[str]) -> TableStorage:
    template = table.parameters.get("storage.location.template")
    if template:
        location = template
        for key, value in zip(table.keys, values, strict=True):
            location = location.replace(f"${{{key.name}}}", value)
    else:
        parts = (f"{key.name}={value}" for key, value in zip(table.keys, values, strict=True))
        location = "/".join([table.storage.location.rstrip("/"), *parts]) + "/"
    return TableStorage(location, table.storage.library, table.storage.settings, table.storage.input_format)


def _values(
    table: CatalogTable, key: str, injected: Mapping[str, Sequence[str]], now: datetime.datetime
) -> Iterator[str]:
    def property_(name: str, default: str | None = None) -> str:
        value = table.parameters.get(f"projection.{key}.{name}", default)
        if value is None:
            raise QueryFailed(
                f"INVALID_TABLE_PROPERTY: Table {table.database}.{table.name} has no projection.{key}.{name}"
            )
        return value

    kind = property_("type").lower()
    match kind:
        case "enum":
            yield from property_("values").split(",")
        case "integer":
            yield from _integers(property_("range"), int(property_("interval", "1")), int(property_("digits", "0")))
        case "date":
            unit = property_("interval.unit", "DAYS").upper()
            yield from _dates(property_("range"), property_("format"), int(property_("interval", "1")), unit, now)
        case "injected":
            if key not in injected:
                raise QueryFailed(
                    f"CONSTRAINT_VIOLATION: For the injected projected partition column {key}, the WHERE clause must"
                    " contain only static equality conditions, and at least one such condition must be present."
                )
            yield from injected[key]
        case _:
            raise QueryFailed(f"INVALID_TABLE_PROPERTY: projection.{key}.type must not be {kind}")


def _integers(range_: str, step: int, digits: int) -> Iterator[str]:
    first, last = (int(part) for part in range_.split(","))
    return (f"{value:0{digits}d}" for value in range(first, last + 1, step))


def _dates(range_: str, form: str, step: int, unit: str, now: datetime.datetime) -> Iterator[str]:
    letters = str(date_formats.java(exp.Literal.string(form)).this).replace("%-", "%").replace("%g", "%f")
    first, last = (_time(part.strip(), letters, now) for part in range_.split(","))
    time = first
    while time <= last:
        yield time.strftime(letters)
        time = _later(time, step, unit if unit.endswith("S") else f"{unit}S")


def _time(given: str, letters: str, now: datetime.datetime) -> datetime.datetime:
    found = _RELATIVE.fullmatch(given)
    if not found:
        try:
            return datetime.datetime.strptime(given, letters)
        except ValueError as error:
            raise QueryFailed(
                f"INVALID_TABLE_PROPERTY: {given} is no date of the format of the projection"
            ) from error
    sign, amount, unit = found.groups()
    moved = now if sign is None else _later(now, int(f"{sign}{amount}"), f"{unit.upper()}S")
    # A value is a date of the format: what it does not show is not part of it.
    return datetime.datetime.strptime(moved.strftime(letters), letters)


def _later(time: datetime.datetime, step: int, unit: str) -> datetime.datetime:
    if unit not in _STEPS:
        raise QueryFailed(f"INVALID_TABLE_PROPERTY: {unit} is no unit of a projection")
    if _STEPS[unit] == "months":
        months = time.year * 12 + time.month - 1 + step * (12 if unit == "YEARS" else 1)
        return time.replace(year=months // 12, month=months % 12 + 1, day=min(time.day, 28))
    return time + datetime.timedelta(**{_STEPS[unit]: step})
