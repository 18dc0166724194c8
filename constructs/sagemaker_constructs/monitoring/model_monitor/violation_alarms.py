"""What wakes somebody about what Model Monitor has found, and about the schedule itself."""

from collections.abc import Mapping, Sequence

from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.monitoring.drift_alarms import DRIFTED, FAILED_RUNS, RUNS, Runbook, missing_runs
from sagemaker_constructs.observability.measurement import Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, MetricAlarm


class ViolationAlarms(BaseConstruct):
    """The alarms of one schedule of Model Monitor.

    | alarm | in alarm | severity |
    |---|---|---|
    | ``violated`` | the last execution that could compare has found violations | warning |
    | ``failed`` | the last execution has failed, for another reason than that nothing was captured | warning |
    | ``silent`` | for three executions (two of a day) there was none that ended | critical |

    A schedule that runs once has no ``silent``.

    Provisions: three ``AWS::CloudWatch::Alarm``.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
    """

    def __init__(
        self, scope: Construct, id: str, *, schedule: str, about: str, hours: int | None, runbook: Runbook
    ) -> None:
        super().__init__(scope, id)
        dimensions = {"Monitor": schedule}
        begins: Mapping[str, object] = {
            "comparison_operator": "GreaterThanOrEqualToThreshold",
            "threshold": 1,
            "treat_missing_data": "ignore",
            "evaluation_periods": 1,
        }
        self.violated: Alarm = MetricAlarm(
            self,
            "Violated",
            properties={
                **Measurement(DRIFTED, dimensions).alarm_properties(),
                **begins,
                "alarm_description": runbook.words(
                    f"Model Monitor has found violations: {about}.", "warning", "violated"
                ),
            },
        )
        self.failed: Alarm = MetricAlarm(
            self,
            "Failed",
            properties={
                **Measurement(FAILED_RUNS, dimensions).alarm_properties(),
                **begins,
                "alarm_description": runbook.words(
                    f"An execution of Model Monitor has failed: {about}.", "warning", "execution-failed"
                ),
            },
        )
        self.silent: Alarm | None = None
        if hours:
            self.silent = MetricAlarm(
                self,
                "Silent",
                properties={
                    **Measurement(RUNS.of("SampleCount"), dimensions).alarm_properties(),
                    **missing_runs(hours),
                    "alarm_description": runbook.words(
                        f"No execution of Model Monitor has ended for a while: {about}.",
                        "critical",
                        "schedule-silent",
                    ),
                },
            )

    @property
    def told(self) -> Sequence[Alarm]:
        """Those that somebody is told of."""
        return [each for each in (self.violated, self.failed, self.silent) if each]
