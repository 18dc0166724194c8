"""Times at which something is due, as text or as the CDK's own objects, and the role that then makes a call."""

from typing import Protocol

from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.base_construct import location_of
from sagemaker_constructs.core.problems import Problem, matches

_UTC = "Etc/UTC"
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


def time_zone_of(schedule: "str | ScheduleLike", given: str) -> str:
    """The IANA name of the time zone of ``schedule``: its own, else the one that is ``given`` beside it."""
    own = None if isinstance(schedule, str) else getattr(schedule, "time_zone", None)
    # What the CDK writes into an object that was given none.
    return given if own is None or own.timezone_name == _UTC else own.timezone_name


def time_zone_problem(path: str, schedule: "str | ScheduleLike", given: str) -> Problem | None:
    """Rule: a schedule object with a time zone has no other one beside it."""
    own = time_zone_of(schedule, given)
    if given in (own, "UTC"):
        return None
    return Problem(path, f"must be left out beside a schedule with a time zone of its own ({own}), got: {given!r}")


def schedule_problem(path: str, expression: str) -> Problem | None:
    """Rule: an expression of EventBridge Scheduler.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    return matches(path, expression, FORM, "cron(…), rate(…) or at(…)")


def scheduler_role(
    scope: Construct, id: str = "Role", *, description: str, grants: Grants | None = None
) -> iam.CfnRole:
    """A role below ``scope``, which schedules of this account alone assume.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    return service_role(
        scope,
        id,
        service="scheduler.amazonaws.com",
        description=description,
        grants=grants,
        conditions={"StringEquals": {"aws:SourceAccount": location_of(scope).account}},
    )
