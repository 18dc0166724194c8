"""How an endpoint moves from one configuration to the next, by `mode`."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.section import Section


class AllAtOnceRollout(Section):
    """A second fleet takes all traffic at once."""

    mode: Literal["all_at_once"]
    """All traffic at once."""
    bake_minutes: Annotated[int, Field(ge=0, le=60)] = 5
    """Minutes in which the endpoint's alarms take the update back."""


class CanaryRollout(Section):
    """A second fleet takes a small share first, and then the rest."""

    mode: Literal["canary"]
    """A small share of the traffic first."""
    percent: Annotated[int, Field(ge=1, le=50)] = 10
    """Share of the capacity that goes first, in percent."""
    bake_minutes: Annotated[int, Field(ge=0, le=60)] = 5
    """Minutes in which the endpoint's alarms take the update back, after the share and after the rest."""


class LinearRollout(Section):
    """A second fleet takes the traffic in equal steps."""

    mode: Literal["linear"]
    """Equal steps."""
    percent: Annotated[int, Field(ge=10, le=50)] = 25
    """Share of the capacity that each step moves, in percent."""
    bake_minutes: Annotated[int, Field(ge=0, le=40)] = 5
    """Minutes in which the endpoint's alarms take the update back, after each step."""


class RollingRollout(Section):
    """Instances are replaced in batches, without a second fleet; for one variant only."""

    mode: Literal["rolling"]
    """Batches of instances."""
    percent: Annotated[int, Field(ge=5, le=50)] = 25
    """Share of the capacity that each batch replaces, in percent."""
    bake_minutes: Annotated[int, Field(ge=0, le=20)] = 5
    """Minutes in which the endpoint's alarms take the update back, after each batch."""


RolloutSettings = Annotated[
    AllAtOnceRollout | CanaryRollout | LinearRollout | RollingRollout,
    Field(discriminator="mode", title="rollout mode"),
]
