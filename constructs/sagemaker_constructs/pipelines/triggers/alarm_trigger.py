"""A start when an alarm begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch

from sagemaker_constructs.core.places import Location
from sagemaker_constructs.observability.metric_alarm import Alarm
from sagemaker_constructs.pipelines.triggers.event_trigger import EventTriggerBase


@dataclass(frozen=True)
class AlarmTrigger(EventTriggerBase):
    """Starts a pipeline when ``alarm`` begins, such as one on the drift that a monitor has measured.

    Takes an alarm of this library or of the CDK, composite ones too, in the region of the pipeline.

    Provisions: one ``AWS::Events::Rule``.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """

    alarm: Alarm | cloudwatch.IAlarm | cloudwatch.AlarmBase

    @property
    def identity(self) -> Sequence[str]:
        """The alarm, and when it began."""
        return ("detail.alarmName", "detail.state.timestamp")

    def event_pattern(self, location: Location) -> Mapping[str, object]:
        """The beginning of this alarm."""
        del location
        given: object = getattr(self.alarm, "alarm_arn", None) or getattr(self.alarm, "arn", None)
        return {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "resources": [given],
            "detail": {"state": {"value": ["ALARM"]}},
        }
