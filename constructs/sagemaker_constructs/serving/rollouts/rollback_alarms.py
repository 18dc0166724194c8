"""Alarms that take an update of an endpoint back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from constructs import Construct

from sagemaker_constructs.observability.measurement import Measurement
from sagemaker_constructs.observability.metric_alarm import AlarmRule, MetricAlarm

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
