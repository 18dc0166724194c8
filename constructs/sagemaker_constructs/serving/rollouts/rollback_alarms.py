"""Alarms that take an update of an endpoint back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_constructs.core.durations import milliseconds_of
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.observability.measurement import Measurement
from sagemaker_constructs.observability.metric_alarm import AlarmRule, MetricAlarm

_DELAY_SECONDS = 60  # until a data point is there
_INDIVIDUAL = 6  # of the ten that an endpoint may watch: the rest stays free for alarms of the user's own


@dataclass(frozen=True)
class WatchedMetric:
    """A metric of each variant that should stay below ``threshold`` in two of three minutes."""

    id: str
    words: str
    threshold: float
    by_variant: Mapping[str, Measurement]


def rollback_alarms(scope: Construct, endpoint_name: str, watched: Sequence[WatchedMetric]) -> list[MetricAlarm]:
    """One alarm per metric and variant; with many variants, one per metric on the worst of them.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    """
    if sum(len(metric.by_variant) for metric in watched) <= _INDIVIDUAL:
        return [
            AlarmRule(f"{variant}{metric.id}", metric.words, [measured], metric.threshold).alarm(
                scope, f"{endpoint_name}/{variant}"
            )
            for metric in watched
            for variant, measured in metric.by_variant.items()
        ]
    return [
        AlarmRule(f"AnyVariant{metric.id}", metric.words, list(metric.by_variant.values()), metric.threshold).alarm(
            scope, f"{endpoint_name}, any variant"
        )
        for metric in watched
    ]


def late_problem(path: str, alarm: cloudwatch.IAlarm | cloudwatch.AlarmBase, bake: Duration) -> Problem | None:
    """Rule: ``alarm`` can begin within ``bake``, where both are known; otherwise the update is over before it does.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    """
    resource = alarm.node.default_child if isinstance(alarm, cloudwatch.Alarm) else None
    baking = milliseconds_of(bake)
    if not isinstance(resource, cloudwatch.CfnAlarm) or baking is None:
        return None
    period, points = resource.period, resource.datapoints_to_alarm or resource.evaluation_periods
    # Of metric math the periods are those of its metrics.
    if period is None or points is None or is_token(period) or is_token(points):
        return None
    needed = points * period + _DELAY_SECONDS
    if needed <= baking / 1000:
        return None
    given = f"{points:g} data points of {period:g} seconds, and {_DELAY_SECONDS} until they are there"
    return Problem(path, f"must be able to fire within the rollout's bake of {baking / 1000:g} seconds, got: {given}")
