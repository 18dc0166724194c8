"""When Model Monitor looks."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.rules.jobs.monitoring import frequency_hours, offset_hours
from sagemaker_constructs.core.tokens import is_token

_DAILY_HOURS = 24


@dataclass(frozen=True)
class MonitoringTimes:
    """An expression of Model Monitor, in UTC; an execution starts up to 20 minutes later.

    ``start`` and ``end`` are how long before the start of an execution its window begins and ends, such as ``-PT5H``
    and ``-PT1H``, at most 24 hours apart; left out, it is what was captured since the one before.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
    """

    expression: str
    start: str = ""
    end: str = ""

    @staticmethod
    def hourly() -> "MonitoringTimes":
        """At each hour."""
        return MonitoringTimes("cron(0 * ? * * *)")

    @staticmethod
    def daily(hour: int = 0) -> "MonitoringTimes":
        """Once a day, at ``hour``."""
        return MonitoringTimes(f"cron(0 {hour} ? * * *)")

    @staticmethod
    def every(hours: int, *, first: int = 0) -> "MonitoringTimes":
        """Each day at ``first``, and every so many ``hours`` until the day ends."""
        return MonitoringTimes(f"cron(0 {first}/{hours} ? * * *)")

    @staticmethod
    def once(*, start: str, end: str = "-PT0H") -> "MonitoringTimes":
        """Once, at deployment, over the window from ``start`` to ``end`` before it."""
        return MonitoringTimes("NOW", start, end)

    @property
    def hours(self) -> int | None:
        """The hours between two executions; None for a single one."""
        return frequency_hours(self.expression)

    @property
    def most_hours(self) -> int:
        """The same for arithmetic: a single execution has a day."""
        return self.hours or _DAILY_HOURS

    def request(self) -> dict[str, object]:
        """The member ``ScheduleConfig``."""
        given = {"DataAnalysisStartTime": self.start, "DataAnalysisEndTime": self.end}
        return {"ScheduleExpression": self.expression, **{name: each for name, each in given.items() if each}}


def offset_problem(path: str, offset: str) -> Problem | None:
    """Rule: ``offset`` is empty, or a time before the start of an execution."""
    if not offset or is_token(offset) or (offset.startswith("-") and offset_hours(offset) is not None):
        return None
    return Problem(path, f"must be days, hours or minutes such as -P1D or -PT30M, got: {offset!r}")


def offset_problems(start: str, end: str) -> Iterator[Problem | None]:
    """Rules: two offsets are times, the first of them the earlier one."""
    yield offset_problem("start_offset", start)
    yield offset_problem("end_offset", end)
    before, until = offset_hours(start), offset_hours(end)
    if before is not None and until is not None and before < until:
        yield Problem("start_offset", f"must not be later than end_offset, got: {start} and {end}")
