"""Times at which something is due, as text or as the CDK's own objects."""

from typing import Protocol

from sagemaker_constructs.core.problems import Problem, matches

FORM = r"(cron|rate|at)\([^()]+\)"


class ScheduleLike(Protocol):
    """``Schedule`` of ``aws_events`` and its kin, or ``ScheduleExpression`` of ``aws_scheduler``."""

    @property
    def expression_string(self) -> str:
        """``cron(…)``, ``rate(…)`` or ``at(…)``."""
        ...


def schedule_text(schedule: "str | ScheduleLike") -> str:
    """The expression of ``schedule``."""
    return schedule if isinstance(schedule, str) else schedule.expression_string


def schedule_problem(path: str, expression: str) -> Problem | None:
    """Rule: an expression of EventBridge Scheduler.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    return matches(path, expression, FORM, "cron(…), rate(…) or at(…)")
