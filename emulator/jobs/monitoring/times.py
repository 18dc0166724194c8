"""When executions of a monitoring schedule are due, by the emulator's clock, whose hours are shorter than AWS's.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator.services.clock import FACTOR, shortened
from emulator.shapes.aws_rules import offset_hours

NOW = "NOW"
_HOUR = 3600
_DAY_HOURS = 24
_DAILY = re.compile(r"cron\(0 (\d+)(?:/(\d+))? ")


@dataclass(frozen=True)
class ScheduledTimes:
    """The times of a schedule.

    Args:
        given: Its ScheduleConfig.
    """

    given: Mapping[str, Any]

    @property
    def once(self) -> bool:
        """Whether there is one execution, at once."""
        return self.given["ScheduleExpression"] == NOW

    def after(self, moment: float) -> float:
        """The first time after a moment, in seconds since the epoch."""
        hour = int(moment * FACTOR // _HOUR) + 1
        while not self._due(hour):
            hour += 1
        return shortened(hour * _HOUR)

    def before(self, moment: float) -> float:
        """The last time before one of them."""
        hour = round(moment * FACTOR / _HOUR) - 1
        while not self._due(hour):
            hour -= 1
        return shortened(hour * _HOUR)

    def window(self, due: float, since: float, offsets: tuple[str, str]) -> tuple[float, float]:
        """From when until when an execution looks: as the schedule says, or since the one before; and the offsets."""
        start = self._moved(due, self.given.get("DataAnalysisStartTime"), since)
        end = self._moved(due, self.given.get("DataAnalysisEndTime"), due)
        return self._moved(start, offsets[0], start), self._moved(end, offsets[1], end)

    @staticmethod
    def _moved(moment: float, offset: str | None, otherwise: float) -> float:
        hours = offset_hours(offset) if offset else None
        return otherwise if hours is None else moment - shortened(hours * _HOUR)

    def _due(self, hour: int) -> bool:
        found = _DAILY.match(self.given["ScheduleExpression"])
        if not found:
            return True
        first, every = int(found[1]), int(found[2] or _DAY_HOURS)
        since = hour % _DAY_HOURS - first
        return since >= 0 and since % every == 0


def written(moment: float) -> str:
    """A moment as variables of containers have it."""
    time = datetime.fromtimestamp(moment, UTC)
    return f"{time:%Y-%m-%dT%H:%M:%S}Z" if not time.microsecond else f"{time:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def hours_between(start: float, end: float) -> list[str]:
    """The folders of the hours that a window touches."""
    first, last = int(start // _HOUR), int(max(end - 1e-6, start) // _HOUR)
    return [f"{datetime.fromtimestamp(hour * _HOUR, UTC):%Y/%m/%d/%H}" for hour in range(first, last + 1)]


def folder_of(moment: float) -> str:
    """The folder of an execution's results: its hour, and the second within where hours are shorter."""
    time = datetime.fromtimestamp(moment, UTC)
    return f"{time:%Y/%m/%d/%H}" if not (time.minute or time.second) else f"{time:%Y/%m/%d/%H/%M-%S}"
