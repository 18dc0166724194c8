"""What schedules make of a capacity over a year, and how often they are due."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sagemaker_constructs.cost.quantities.counting import HOURS

_YEAR = 2027
"""Begins on a Friday, and has no leap day: the mean of a year differs little from that of another one."""
_HOURS = Decimal(365 * 24)
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")


@dataclass(frozen=True)
class CapacityBounds:
    """Between how many instances a variant scales."""

    least: Decimal
    most: Decimal


def over_a_year(capacity: CapacityBounds, actions: Sequence[Mapping[str, Any]]) -> CapacityBounds:
    """The means of the bounds that the scheduled ``actions`` of a scalable target set, over a year.

    Daylight saving time is left out. Where an action is due by another expression than one of cron's plain fields,
    they are the widest bounds that any action sets.
    """
    due = [_moments(str(each["Schedule"])) for each in actions]
    if not actions or None in due:
        bounds = [capacity, *(_after(capacity, each) for each in actions)]
        return CapacityBounds(min(each.least for each in bounds), max(each.most for each in bounds))
    changes = sorted((moment, place) for place, each in enumerate(due) for moment in each or ())
    # The year begins as the one before has ended.
    held = capacity
    for _, place in changes:
        held = _after(held, actions[place])
    least = most = Decimal(0)
    since = datetime.datetime(_YEAR, 1, 1)
    end = datetime.datetime(_YEAR + 1, 1, 1)
    for moment, place in [*changes, (end, None)]:
        hours = Decimal((moment - since).total_seconds()) / 3600
        least, most, since = least + hours * held.least, most + hours * held.most, moment
        held = held if place is None else _after(held, actions[place])
    return CapacityBounds(least / _HOURS, most / _HOURS)


def times_a_month(expression: str) -> Decimal | None:
    """How often an expression is due in a month; None for ``at``, and for what is more than cron's plain fields."""
    if rate := _RATE.fullmatch(expression):
        return HOURS * 60 / (int(rate[1]) * _MINUTES[rate[2]])
    due = _moments(expression)
    return None if due is None else Decimal(len(due)) / 12


def _after(held: CapacityBounds, action: Mapping[str, Any]) -> CapacityBounds:
    to = action["ScalableTargetAction"]
    return CapacityBounds(Decimal(to.get("MinCapacity", held.least)), Decimal(to.get("MaxCapacity", held.most)))


def _moments(expression: str) -> list[datetime.datetime] | None:
    """When an expression is due in the year; None for what is no cron of plain fields."""
    read = _CRON.fullmatch(expression)
    if not read:
        return None
    minutes, hours, days, months, weekdays, _ = read.groups()
    try:
        at = [(hour, minute) for hour in _numbers(hours, 0, 23) for minute in _numbers(minutes, 0, 59)]
        in_months = _numbers(months, 1, 12, _MONTHS)
        on_days = _numbers("*" if days == "?" else days, 1, 31)
        on_weekdays = _numbers("*" if weekdays == "?" else weekdays, 1, 7, _DAYS)
    except ValueError:
        return None
    first = datetime.datetime(_YEAR, 1, 1)
    year = (first + datetime.timedelta(days=number) for number in range(365))
    return [
        day.replace(hour=hour, minute=minute)
        for day in year
        if day.month in in_months and day.day in on_days and day.isoweekday() % 7 + 1 in on_weekdays
        for hour, minute in at
    ]


def _numbers(field: str, first: int, last: int, names: Sequence[str] = ()) -> set[int]:
    """The numbers that a field of cron stands for; raises ValueError for L, W and #."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        begin, _, end = ("*", "", "") if span == "*" else span.partition("-")
        low = first if begin == "*" else _number(begin, names, first)
        high = last if begin == "*" or (step and not end) else _number(end, names, first) if end else low
        found |= set(range(low, high + 1, int(step or 1)))
    if not found or min(found) < first or max(found) > last:
        raise ValueError(field)
    return found


def _number(text: str, names: Sequence[str], first: int) -> int:
    return names.index(text.upper()) + first if text.upper() in names else int(text)
