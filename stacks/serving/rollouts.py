"""Rollouts from their settings."""

import math

from aws_cdk import Duration

from sagemaker_constructs.serving.rollouts.rollout import (
    AllAtOnceRollout,
    CanaryRollout,
    LinearRollout,
    RollingRollout,
    Rollout,
)
from stacks.settings import rollout as settings


def rollout_of(chosen: settings.RolloutSettings | None) -> Rollout | None:
    """The rollout, whose limit is an hour above the minutes that it bakes; none where nothing is said."""
    if chosen is None:
        return None
    bake = Duration.minutes(chosen.bake_minutes)
    match chosen:
        case settings.AllAtOnceRollout():
            return AllAtOnceRollout(bake=bake, maximum_execution=_limit(chosen.bake_minutes))
        case settings.CanaryRollout():
            return CanaryRollout(percent=chosen.percent, bake=bake, maximum_execution=_limit(2 * chosen.bake_minutes))
        case settings.LinearRollout():
            steps = math.ceil(100 / chosen.percent)
            return LinearRollout(
                percent=chosen.percent, bake=bake, maximum_execution=_limit(steps * chosen.bake_minutes)
            )
        case settings.RollingRollout():
            batches = math.ceil(100 / chosen.percent)
            return RollingRollout(
                percent=chosen.percent, bake=bake, maximum_execution=_limit(batches * chosen.bake_minutes)
            )


def _limit(baking_minutes: int) -> Duration:
    return Duration.minutes(60 + baking_minutes)
