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
WORSE = Measured("WorseMetrics", "Maximum", NAMESPACE)
BIASED = Measured("BiasedMetrics", "Maximum", NAMESPACE)
COVERAGE = Measured("TruthCoverage", "Maximum", NAMESPACE)
DRIFT = Measured("Drift", "Maximum", NAMESPACE)
QUALITY = Measured("Quality", "Maximum", NAMESPACE)
BIAS = Measured("Bias", "Maximum", NAMESPACE)
_HOUR, _DAY = 3600, 86400
_BEGINS: Mapping[str, object] = {
    "comparison_operator": "GreaterThanOrEqualToThreshold",
    "threshold": 1,
    "treat_missing_data": "ignore",
    "evaluation_periods": 1,
}


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
    | ``worse`` | metrics of quality are worse than the baseline's, confirmed by truth of several runs | warning |
    | ``biased`` | metrics of bias are further from 0 than the baseline's, confirmed over several runs | warning |
    | ``severe`` | one of all these by much more than its threshold | critical |
    | ``failed`` | a run has failed twice | warning |
    | ``silent`` | for three windows (two of a day) there was no run that ended | critical |

    A run that cannot decide, such as one of too little truth, leaves ``drifted``, ``worse``, ``biased`` and
    ``severe`` as they are. The first three are composite alarms, so that what a silent monitor has said last neither
    begins nor ends anything. ``worse`` and ``biased`` are None where nobody asks for quality or bias.

    Provisions: four to six ``AWS::CloudWatch::Alarm`` and one to three ``AWS::CloudWatch::CompositeAlarm``.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        monitor: str,
        about: str,
        hours: int,
        runbook: Runbook,
        quality: bool = False,
        bias: bool = False,
    ) -> None:
        super().__init__(scope, id)
        self._monitor, self._runbook = monitor, runbook
        dimensions = {"Monitor": monitor}
        self.silent: Alarm = silent_alarm(self, monitor, about, hours, runbook)
        self.failed: Alarm = failed_alarm(self, monitor, about, runbook)
        self.severe: Alarm = MetricAlarm(
            self,
            "Severe",
            properties={
                **Measurement(SEVERE, dimensions).alarm_properties(),
                **_BEGINS,
                "alarm_description": runbook.words(
                    f"Rows of {about} differ much from its baseline, run after run.", "critical", "severe"
                ),
            },
        )
        what = f"Rows of {about} differ from its baseline, run after run."
        confirmed, drifted = self._while_watched("Drifted", "Confirmed", DRIFTED, what)
        self.confirmed: Alarm = confirmed
        self.drifted: Alarm = drifted
        self.worse: Alarm | None = None
        self.biased: Alarm | None = None
        if quality:
            _, self.worse = self._while_watched(
                "Worse",
                "ConfirmedWorse",
                WORSE,
                f"Answers of {about} are worse than in its baseline, truth after truth.",
            )
        if bias:
            _, self.biased = self._while_watched(
                "Biased",
                "ConfirmedBias",
                BIASED,
                f"Answers of {about} are more biased than in its baseline, run after run.",
            )

    @property
    def told(self) -> Sequence[Alarm]:
        """Those that somebody is told of."""
        answers = [each for each in (self.worse, self.biased) if each]
        return (self.drifted, *answers, self.severe, self.failed, self.silent)

    def _while_watched(self, id: str, part: str, measured: Measured, what: str) -> tuple[Alarm, Alarm]:
        """An alarm on what is confirmed, and the one made of it, which is none while the monitor is silent."""
        confirmed = MetricAlarm(
            self,
            part,
            properties={
                **Measurement(measured, {"Monitor": self._monitor}).alarm_properties(),
                **_BEGINS,
                "alarm_description": f"{what} See the alarm made of this one.",
            },
        )
        reason = "The composite alarm that is made of it tells, so that nobody is told twice."
        acknowledge_control(confirmed.resource, "CloudWatchAlarmAction", reason=reason)
        acknowledge_in_template(confirmed.resource, "cloudwatch_alarm_action_check", reason=reason)
        properties: dict[str, object] = {
            "alarm_rule": f'ALARM("{confirmed.name}") AND NOT ALARM("{self.silent.name}")',
            "alarm_description": self._runbook.words(what, "warning", id.lower()),
        }
        return confirmed, CompositeAlarm(self, id, properties=properties)


def silent_alarm(scope: Construct, monitor: str, about: str, hours: int, runbook: Runbook) -> Alarm:
    """For three windows (two of a day) there was no run that ended."""
    return MetricAlarm(
        scope,
        "Silent",
        properties={
            **Measurement(RUNS.of("SampleCount"), {"Monitor": monitor}).alarm_properties(),
            **missing_runs(hours),
            "alarm_description": runbook.words(
                f"No run of {about} has ended for a while: nobody watches.", "critical", "silent"
            ),
        },
    )


def failed_alarm(scope: Construct, monitor: str, about: str, runbook: Runbook) -> Alarm:
    """A run has failed twice."""
    return MetricAlarm(
        scope,
        "Failed",
        properties={
            **Measurement(FAILED_RUNS, {"Monitor": monitor}).alarm_properties(),
            **_BEGINS,
            "alarm_description": runbook.words(f"A run of {about} has failed twice.", "warning", "failed"),
        },
    )


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
