"""An alarm made of alarms."""

from typing import ClassVar

from aws_cdk import aws_cloudwatch as cloudwatch

from sagemaker_constructs.observability.metric_alarm import OwnAlarm


class CompositeAlarm(OwnAlarm[cloudwatch.CfnCompositeAlarm]):
    """An alarm of this library on the states of others, which is one ``AWS::CloudWatch::CompositeAlarm``.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
    """

    made_of: ClassVar[type[cloudwatch.CfnCompositeAlarm]] = cloudwatch.CfnCompositeAlarm
