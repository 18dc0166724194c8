"""How many of something run, and how long one may take to start."""

from typing import Annotated

from pydantic import Field

from stacks.settings.scaling import Schedules
from stacks.settings.section import Section


class InstanceRange(Section):
    """How many instances stand behind the endpoint."""

    minimum: Annotated[int, Field(ge=1, le=1000)]
    """Instances at the start and at the least. With 2 or more they spread over availability zones."""
    maximum: Annotated[int, Field(ge=1, le=1000)]
    """Instances at the most; at least `minimum`, and equal to it where nothing scales."""


class SleepingInstanceRange(Section):
    """How many instances stand behind the endpoint, down to none while it is idle."""

    minimum: Annotated[int, Field(ge=0, le=1000)]
    """Instances at the least; with 0 the endpoint sleeps while idle, and wakes on the first request."""
    maximum: Annotated[int, Field(ge=1, le=1000)]
    """Instances at the most; at least `minimum`."""


class CopyRange(Section):
    """How many copies of a component run."""

    minimum: Annotated[int, Field(ge=0, le=1000)]
    """Copies at the least; with 0 the component sleeps while idle. The requests that wake it fail."""
    maximum: Annotated[int, Field(ge=1, le=1000)]
    """Copies at the most; at least `minimum`."""


class ConcurrencyRange(Section):
    """Requests at one time for which a warm container waits."""

    minimum: Annotated[int, Field(ge=1, le=200)]
    """At the start and at the least."""
    maximum: Annotated[int, Field(ge=1, le=200)]
    """At the most; at least `minimum`, and no more than `maximum_concurrency`. Each warm container costs money."""
    utilization_percent: Annotated[int, Field(ge=1, le=100)] = 70
    """Used share of the warm containers that scaling keeps near."""
    schedules: Schedules = ()
    """Other bounds by the clock, with a `minimum` of at least 1 and a `maximum` up to `maximum_concurrency`."""


class StartupSettings(Section):
    """How long an instance may take to come up."""

    download_minutes: Annotated[int, Field(ge=1, le=60)] | None = None
    """Minutes for fetching and unpacking the model; left out, SageMaker's own limit."""
    health_check_minutes: Annotated[int, Field(ge=1, le=60)] | None = None
    """Minutes for the container's first good answer to `/ping`; left out, SageMaker's own limit."""
