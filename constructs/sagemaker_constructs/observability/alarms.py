"""Alarms of whatever can be watched, sent to one topic."""

from collections.abc import Sequence

from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import short_hash
from sagemaker_constructs.core.problems import Problem, reject, within
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.metric_alarm import Alarm
from sagemaker_constructs.observability.watchable import Watchable


class Alarms(BaseConstruct):
    """What should wake somebody, of each of ``watched``, told to ``topic`` when it begins and when it ends.

    | of | alarms |
    |---|---|
    | real-time endpoints | those that take an update back, memory and disk per variant |
    | asynchronous endpoints | the same, the oldest waiting request, requests that wait while no instance starts |
    | serverless endpoints | responses 5xx, errors of the model, memory |
    | shared endpoints | memory and disk of the instances |
    | inference components | responses 5xx, errors of the model, requests that keep finding no copy, memory |

    ``thresholds`` says where they begin. CloudWatch needs the right to publish to an encrypted ``topic``.

    Provisions: an ``AWS::CloudWatch::Alarm`` per line and variant, except for those that an endpoint of the same
    stack has already.
    Raises ``InvalidInput`` for nothing to watch, and for thresholds that CloudWatch refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        watched: Sequence[Watchable],
        topic: sns.ITopic,
        thresholds: AlarmThresholds | None = None,
    ) -> None:
        super().__init__(scope, id)
        limits = thresholds or AlarmThresholds()
        none = Problem("watched", "must name at least one endpoint or component, got: none")
        reject(self, [None if watched else none, *within("thresholds", limits.problems())])
        topics = [topic.topic_arn]
        self.alarms: list[Alarm] = []
        for index, each in enumerate(watched):
            # The text of a token differs from synth to synth, and so would the alarms' logical ids.
            name = each.watched_name
            place = BaseConstruct(self, f"Watched{index}" if is_token(name) else short_hash(name))
            self.alarms += [alarm.notify(topics, scope=place) for alarm in each.alarms]
            self.alarms += [rule.alarm(place, name, notify=topics) for rule in each.alarm_rules(limits)]
