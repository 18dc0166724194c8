"""What wakes somebody about a model, and about the monitor that watches it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from constructs import Construct

from sagemaker_constructs.core.acknowledgement import acknowledge_control, acknowledge_in_template
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.observability.composite_alarm import CompositeAlarm
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, MetricAlarm

NAMESPACE = "SageMakerConstructs/Monitoring"
RUNS = Measured("Runs", "Sum", NAMESPACE)
FAILED_RUNS = Measured("FailedRuns", "Maximum", NAMESPACE)
ROWS = Measured("Rows", "Maximum", NAMESPACE)
LOST_ROWS = Measured("LostRows", "Maximum", NAMESPACE)
DRIFTED = Measured("DriftedFeatures", "Maximum", NAMESPACE)
SEVERE = Measured("SevereFeatures", "Maximum", NAMESPACE)
DRIFT = Measured("Drift", "Maximum", NAMESPACE)
_HOUR, _DAY = 3600, 86400


@dataclass(frozen=True)
class Runbook:
    """Where the page lies that says what to do; each alarm has a heading there."""

    url: str

    def words(self, what: str, severity: str, heading: str) -> str:
        """The text of an alarm, which CloudWatch's console and messages show."""
        return f"{what} Severity: {severity}. What to do: {self.url}#{heading}"


class DriftAlarms(BaseConstruct):
    """The alarms of a drift monitor.

    | alarm | in alarm | severity |
    |---|---|---|
    | ``drifted`` | features differ, confirmed over several runs, and the monitor is not silent | warning |
    | ``severe`` | one of them by much more than its threshold | critical |
    | ``failed`` | a run has failed twice | warning |
    | ``silent`` | for three windows (two of a day) there was no run that ended | critical |

    A run that cannot decide leaves ``drifted`` and ``severe`` as they are. ``drifted`` is a composite alarm, so that
    what a silent monitor has said last neither begins nor ends anything.

    Provisions: four ``AWS::CloudWatch::Alarm`` and an ``AWS::CloudWatch::CompositeAlarm``.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
    """

    def __init__(self, scope: Construct, id: str, *, monitor: str, about: str, hours: int, runbook: Runbook) -> None:
        super().__init__(scope, id)
        dimensions = {"Monitor": monitor}
        steady: Mapping[str, object] = {"treat_missing_data": "ignore", "evaluation_periods": 1}
        begins = {"comparison_operator": "GreaterThanOrEqualToThreshold", "threshold": 1, **steady}
        self.silent: Alarm = MetricAlarm(
            self,
            "Silent",
            properties={
                **Measurement(RUNS.of("SampleCount"), dimensions).alarm_properties(),
                **missing_runs(hours),
                "alarm_description": runbook.words(
                    f"No run of {about} has ended for a while: nobody watches.", "critical", "silent"
                ),
            },
        )
        self.failed: Alarm = MetricAlarm(
            self,
            "Failed",
            properties={
                **Measurement(FAILED_RUNS, dimensions).alarm_properties(),
                **begins,
                "alarm_description": runbook.words(f"A run of {about} has failed twice.", "warning", "failed"),
            },
        )
        self.severe: Alarm = MetricAlarm(
            self,
            "Severe",
            properties={
                **Measurement(SEVERE, dimensions).alarm_properties(),
                **begins,
                "alarm_description": runbook.words(
                    f"Rows of {about} differ much from its baseline, run after run.", "critical", "severe"
                ),
            },
        )
        confirmed = MetricAlarm(
            self,
            "Confirmed",
            properties={
                **Measurement(DRIFTED, dimensions).alarm_properties(),
                **begins,
                "alarm_description": f"Features of {about} differ from its baseline; see the alarm made of this one.",
            },
        )
        self.confirmed: Alarm = confirmed
        reason = "The composite alarm that is made of it tells, so that nobody is told twice."
        acknowledge_control(confirmed.resource, "CloudWatchAlarmAction", reason=reason)
        acknowledge_in_template(confirmed.resource, "cloudwatch_alarm_action_check", reason=reason)
        self.drifted: Alarm = CompositeAlarm(
            self,
            "Drifted",
            properties={
                "alarm_rule": f'ALARM("{self.confirmed.name}") AND NOT ALARM("{self.silent.name}")',
                "alarm_description": runbook.words(
                    f"Rows of {about} differ from its baseline, run after run.", "warning", "drifted"
                ),
            },
        )

    @property
    def told(self) -> Sequence[Alarm]:
        """Those that somebody is told of."""
        return (self.drifted, self.severe, self.failed, self.silent)


def missing_runs(hours: int) -> Mapping[str, object]:
    """Nothing was counted for three windows, or two of a day.

    An alarm looks back a week at most, and has periods of an hour or a day here, which are whole numbers of both.
    """
    daily = hours > 8
    return {
        "period": _DAY if daily else _HOUR,
        "evaluation_periods": 2 if daily else 3 * hours,
        "comparison_operator": "LessThanThreshold",
        "threshold": 1,
        "treat_missing_data": "breaching",
    }
