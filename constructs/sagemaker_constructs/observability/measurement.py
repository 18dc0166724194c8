"""A metric, described in Python, for alarms and dashboards; users get it as ``cloudwatch.Metric``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sagemaker_constructs.core.durations import minutes

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_cloudwatch as cloudwatch

_SIMPLE = frozenset(("Average", "Minimum", "Maximum", "SampleCount", "Sum"))


@dataclass(frozen=True)
class Measured:
    """What a metric is called and how its values are summed up, wherever it is published."""

    name: str
    statistic: str
    namespace: str = "AWS/SageMaker"

    def of(self, statistic: str) -> "Measured":
        """The same, summed up otherwise."""
        return Measured(self.name, statistic, self.namespace)


@dataclass(frozen=True)
class Measurement:
    """``measured`` of one thing, which ``dimensions`` name, by the minute.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    measured: Measured
    dimensions: Mapping[str, str]

    def metric(self, period: "Duration | None" = None) -> "cloudwatch.Metric":
        """The metric as the CDK takes it; ``period`` defaults to one minute."""
        from aws_cdk import aws_cloudwatch as cloudwatch

        return cloudwatch.Metric(
            namespace=self.measured.namespace,
            metric_name=self.measured.name,
            dimensions_map=dict(self.dimensions),
            statistic=self.measured.statistic,
            period=period or minutes(1),
        )

    def with_statistic(self, statistic: str) -> "Measurement":
        """The same, summed up otherwise."""
        return Measurement(self.measured.of(statistic), self.dimensions)

    def alarm_properties(self) -> dict[str, object]:
        """The part of an ``AWS::CloudWatch::Alarm`` that names the metric."""
        statistic = self.measured.statistic
        return {
            "namespace": self.measured.namespace,
            "metric_name": self.measured.name,
            "dimensions": [{"name": name, "value": value} for name, value in sorted(self.dimensions.items())],
            "period": 60,
            ("statistic" if statistic in _SIMPLE else "extended_statistic"): statistic,
        }

    def query(self, id: str) -> dict[str, object]:
        """One of the metrics of an alarm on an expression."""
        return {
            "id": id,
            "metricStat": {
                "metric": {
                    "namespace": self.measured.namespace,
                    "metricName": self.measured.name,
                    "dimensions": [{"name": name, "value": value} for name, value in sorted(self.dimensions.items())],
                },
                "period": 60,
                "stat": self.measured.statistic,
            },
            "returnData": False,
        }

    def line(self) -> list[object]:
        """A line of a dashboard's graph."""
        rendered: dict[str, object] = {"period": 60}
        if self.measured.statistic != "Average":
            rendered["stat"] = self.measured.statistic
        named = [part for pair in sorted(self.dimensions.items()) for part in pair]
        return [self.measured.namespace, self.measured.name, *named, rendered]
