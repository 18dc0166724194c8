"""Alarms that take an update of an endpoint back."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

_INDIVIDUAL = 6  # of the ten that an endpoint may watch: the rest stays free for alarms of the user's own


@dataclass(frozen=True)
class WatchedMetric:
    """A metric of each variant that should stay below ``threshold`` in two of three minutes."""

    id: str
    words: str
    threshold: float
    by_variant: dict[str, cloudwatch.Metric]


def rollback_alarms(
    scope: Construct, endpoint_name: str, watched: Sequence[WatchedMetric]
) -> list[cloudwatch.AlarmBase]:
    """One alarm per metric and variant; with many variants, one per metric on the worst of them.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    """
    alarms: list[cloudwatch.AlarmBase] = []
    if sum(len(metric.by_variant) for metric in watched) <= _INDIVIDUAL:
        for metric in watched:
            for variant, measured in metric.by_variant.items():
                alarms.append(_alarm(scope, f"{variant}{metric.id}", f"{endpoint_name}/{variant}", metric, measured))
        return alarms
    for metric in watched:
        measured = {f"m{index}": measured for index, measured in enumerate(metric.by_variant.values())}
        worst = cloudwatch.MathExpression(
            expression=f"MAX([{', '.join(measured)}])",
            using_metrics=dict(measured),
            period=Duration.minutes(1),
            label=metric.words,
        )
        alarms.append(_alarm(scope, f"AnyVariant{metric.id}", f"{endpoint_name}, any variant", metric, worst))
    return alarms


def _alarm(
    scope: Construct,
    id: str,
    subject: str,
    watched: WatchedMetric,
    metric: cloudwatch.Metric | cloudwatch.MathExpression,
) -> cloudwatch.Alarm:
    return metric.create_alarm(
        scope,
        id,
        alarm_description=f"{subject}: at least {watched.threshold:g} {watched.words} in 2 of 3 minutes",
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold=watched.threshold,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
