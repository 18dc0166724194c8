"""How an endpoint moves from one configuration to the next, by `mode`."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from aws_cdk import Duration
from pydantic import Field

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.core.problems import Problem, is_token, within
from sagemaker_constructs.serving.rollouts.rollout import (
    AllAtOnceRollout,
    CanaryRollout,
    LinearRollout,
    RollingRollout,
)
from sagemaker_constructs.serving.scaling.instance_range import Fleet
from stacks.configuration.section import SettingsSection


class AllAtOnceRolloutSettings(SettingsSection):
    """A second fleet takes all traffic at once."""

    mode: Literal["all_at_once"]
    """All traffic at once."""
    bake_minutes: Annotated[int, Field(ge=3, le=60)] = 5
    """Minutes in which the endpoint's alarms take the update back."""

    def option(self) -> AllAtOnceRollout:
        """The rollout of the construct."""
        return AllAtOnceRollout(bake=minutes(self.bake_minutes), maximum_execution=_limit(1, self))


class CanaryRolloutSettings(SettingsSection):
    """A second fleet takes a small share first, and then the rest."""

    mode: Literal["canary"]
    """A small share of the traffic first."""
    percent: Annotated[int, Field(ge=1, le=50)] = 10
    """Share of the capacity that goes first, in percent."""
    bake_minutes: Annotated[int, Field(ge=3, le=60)] = 5
    """Minutes in which the endpoint's alarms take the update back, after the share and after the rest."""

    def option(self) -> CanaryRollout:
        """The rollout of the construct."""
        bake = minutes(self.bake_minutes)
        return CanaryRollout(percent=self.percent, bake=bake, maximum_execution=_limit(2, self))


class LinearRolloutSettings(SettingsSection):
    """A second fleet takes the traffic in equal steps."""

    mode: Literal["linear"]
    """Equal steps."""
    percent: Annotated[int, Field(ge=10, le=50)] = 25
    """Share of the capacity that each step moves, in percent."""
    bake_minutes: Annotated[int, Field(ge=3, le=40)] = 5
    """Minutes in which the endpoint's alarms take the update back, after each step."""

    def option(self) -> LinearRollout:
        """The rollout of the construct."""
        bake = minutes(self.bake_minutes)
        return LinearRollout(percent=self.percent, bake=bake, maximum_execution=_limit(_rounds(self.percent), self))


class RollingRolloutSettings(SettingsSection):
    """Instances are replaced in batches, without a second fleet; for one variant only."""

    mode: Literal["rolling"]
    """Batches of instances."""
    percent: Annotated[int, Field(ge=5, le=50)] = 25
    """Share of the capacity that each batch replaces, in percent."""
    bake_minutes: Annotated[int, Field(ge=3, le=20)] = 5
    """Minutes in which the endpoint's alarms take the update back, after each batch."""

    def option(self) -> RollingRollout:
        """The rollout of the construct."""
        bake = minutes(self.bake_minutes)
        return RollingRollout(percent=self.percent, bake=bake, maximum_execution=_limit(_rounds(self.percent), self))


AnyRollout = AllAtOnceRolloutSettings | CanaryRolloutSettings | LinearRolloutSettings | RollingRolloutSettings
RolloutSettings = Annotated[AnyRollout, Field(discriminator="mode", title="rollout mode")]

_KEYS = {"": "mode", "bake": "bake_minutes", "maximum_execution": "bake_minutes"}
"""Where the mistakes of a rollout stand in the file."""


def rollout_problems(rollout: AnyRollout | None, fleets: Sequence[Fleet]) -> Iterator[Problem]:
    """What AWS would refuse of a rollout for an endpoint with ``fleets``; below the key ``rollout``."""
    if rollout:
        for problem in within("", rollout.option().problems(fleets)):
            yield Problem(f"rollout.{_KEYS.get(problem.path, problem.path)}", problem.message)


def _limit(bakes: int, rollout: AnyRollout) -> Duration:
    """An hour above the minutes that the rollout bakes."""
    baked = 0 if is_token(rollout.bake_minutes) else bakes * rollout.bake_minutes
    return minutes(60 + baked)


def _rounds(percent: int) -> int:
    return 1 if is_token(percent) else math.ceil(100 / percent)
