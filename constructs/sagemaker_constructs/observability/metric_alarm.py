"""An alarm on a metric, and the rule that it follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, cast

import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct, IConstruct

from sagemaker_constructs.core.base_construct import location_of
from sagemaker_constructs.observability.measurement import Measurement


class Alarm(Protocol):
    """An alarm of this library, or one that a user passes."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def arn(self) -> str:
        """Its ARN."""
        ...

    def notify(self, topic_arns: Sequence[str], *, scope: Construct) -> "Alarm":
        """The alarm that tells topics when it begins and when it ends: itself, or one like it below ``scope``."""
        ...


Resource = TypeVar("Resource", cloudwatch.CfnAlarm, cloudwatch.CfnCompositeAlarm)


class OwnAlarm(Generic[Resource]):
    """An alarm of this library: a resource of the class ``made_of`` with ``properties``."""

    made_of: ClassVar[type[Any]]

    def __init__(self, scope: Construct, id: str, *, properties: dict[str, object]) -> None:
        self.resource: Resource = self.made_of(scope, id, **properties)
        self._scope = scope
        self._id = id
        self._properties = properties
        self._name: str | None = None
        self._began = list(cast("list[str]", properties.get("alarm_actions", [])))
        self._ended = list(cast("list[str]", properties.get("ok_actions", [])))

    @property
    def name(self) -> str:
        """The alarm's name, as a token."""
        if self._name is None:
            self._name = self.resource.ref
        return self._name

    @property
    def arn(self) -> str:
        """The alarm's ARN."""
        return location_of(self._scope).arn("cloudwatch", "alarm", separator=":", name=self.name)

    def notify(self, topic_arns: Sequence[str], *, scope: Construct) -> Self:
        """Tell topics when it begins and when it ends, beside what it tells and starts already.

        In another stack than that of ``scope`` it stays as it is, and one like it below ``scope`` tells them: only an
        alarm itself says whom it tells, and its stack would come to depend on the topics'.
        """
        if location_of(scope).stack is not location_of(self._scope).stack:
            told = {"alarm_actions": list(topic_arns), "ok_actions": list(topic_arns)}
            return type(self)(scope, self._id, properties={**self._properties, **told})
        self._began = list(dict.fromkeys((*self._began, *topic_arns)))
        self._ended = list(dict.fromkeys((*self._ended, *topic_arns)))
        self.resource.alarm_actions = self._began
        self.resource.ok_actions = self._ended
        return self


class MetricAlarm(OwnAlarm[cloudwatch.CfnAlarm]):
    """An alarm of this library on a metric, which is one ``AWS::CloudWatch::Alarm``.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
    """

    made_of: ClassVar[type[cloudwatch.CfnAlarm]] = cloudwatch.CfnAlarm


class GivenAlarm:
    """An alarm that a user has made, whose actions are the user's own."""

    def __init__(self, alarm: cloudwatch.IAlarm | cloudwatch.AlarmBase) -> None:
        self.name: str = alarm.alarm_name
        self.arn: str = alarm.alarm_arn
        self._alarm = alarm

    def notify(self, topic_arns: Sequence[str], *, scope: Construct) -> "GivenAlarm":
        """Tell topics too; an imported alarm is left as it is."""
        del scope
        if isinstance(self._alarm, cloudwatch.AlarmBase):
            for arn in topic_arns:
                self._alarm.add_alarm_action(ArnAction(arn))
                self._alarm.add_ok_action(ArnAction(arn))
        return self


@jsii.implements(cloudwatch.IAlarmAction)
class ArnAction:
    """What an alarm starts, by its ARN alone: a topic, or a scaling policy."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def bind(
        self,
        scope: IConstruct,  # noqa: ARG002 - the interface's signature
        alarm: cloudwatch.IAlarm,  # noqa: ARG002 - the interface's signature
    ) -> cloudwatch.AlarmActionConfig:
        """The ARN, as the CDK asks for it."""
        return cloudwatch.AlarmActionConfig(alarm_action_arn=self._arn)


@dataclass(frozen=True)
class AlarmRule:
    """At least ``threshold`` ``words`` in ``breaching`` of ``minutes`` minutes.

    With several ``measurements`` the worst of them counts.
    """

    id: str
    words: str
    measurements: Sequence[Measurement]
    threshold: float
    minutes: int = 3
    breaching: int = 2

    def alarm(
        self,
        scope: Construct,
        subject: str,
        *,
        notify: Sequence[str] = (),
        actions: Sequence[str] = (),
        description: str | None = None,
    ) -> MetricAlarm:
        """The alarm below ``scope``; ``notify`` names topics, ``actions`` what else it starts when it begins."""
        times = f"{self.breaching} of {self.minutes} minutes"
        properties: dict[str, object] = {
            "alarm_description": description or f"{subject}: at least {self.threshold:g} {self.words} in {times}",
            "comparison_operator": "GreaterThanOrEqualToThreshold",
            "threshold": self.threshold,
            "evaluation_periods": self.minutes,
            "treat_missing_data": "notBreaching",
            **self._measured(),
        }
        if self.breaching != self.minutes or self.minutes > 1:
            properties["datapoints_to_alarm"] = self.breaching
        if notify or actions:
            properties["alarm_actions"] = [*notify, *actions]
        if notify:
            properties["ok_actions"] = list(notify)
        return MetricAlarm(scope, self.id, properties=properties)

    def _measured(self) -> dict[str, object]:
        if len(self.measurements) == 1:
            return self.measurements[0].alarm_properties()
        ids = [f"m{index}" for index in range(len(self.measurements))]
        worst = {"id": "expr_1", "expression": f"MAX([{', '.join(ids)}])", "label": self.words}
        queries = [measured.query(key) for key, measured in zip(ids, self.measurements, strict=True)]
        return {"metrics": [worst, *queries]}
