"""Alarms of an endpoint of any kind, sent to one topic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.problems import Problem, reject, within
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.endpoints.instance_endpoint import InstanceEndpoint
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint

Watched = RealTimeEndpoint | ServerlessEndpoint | AsyncEndpoint | SharedEndpoint | InferenceComponent


@dataclass(frozen=True)
class _Rule:
    """At least ``threshold`` ``words``, in ``breaching`` of ``minutes`` minutes."""

    id: str
    words: str
    metric: cloudwatch.Metric
    threshold: float
    minutes: int = 3
    breaching: int = 2


class EndpointAlarms(Construct):
    """What should wake somebody, of each of ``watched``, told to ``topic`` when it begins and when it ends.

    | of | alarms |
    |---|---|
    | real-time endpoints | those that take an update back, memory and disk per variant |
    | asynchronous endpoints | the same, the oldest waiting request, requests that wait while no instance starts |
    | serverless endpoints | responses 5xx, errors of the model, memory |
    | shared endpoints | memory and disk of the instances |
    | inference components | responses 5xx, errors of the model, requests that keep finding no copy |

    ``thresholds`` says where they begin. CloudWatch needs the right to publish to an encrypted ``topic``.

    Provisions: an ``AWS::CloudWatch::Alarm`` per line and variant, except for those that an endpoint has already.
    Raises ``InvalidInput`` for nothing to watch, and for thresholds that CloudWatch refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        watched: Sequence[Watched],
        topic: sns.ITopic,
        thresholds: AlarmThresholds | None = None,
    ) -> None:
        super().__init__(scope, id)
        limits = thresholds or AlarmThresholds()
        none = Problem("watched", "must name at least one endpoint or component, got: none")
        reject(self, [None if watched else none, *within("thresholds", limits.problems())])
        self.alarms: list[cloudwatch.AlarmBase] = []
        for each in watched:
            if isinstance(each, InstanceEndpoint):
                self.alarms += each.alarms
            name = each.component_name if isinstance(each, InferenceComponent) else each.endpoint_name
            place = Construct(self, each.node.addr)
            self.alarms += [_alarm(place, name, rule) for rule in _rules(each, limits)]
        for alarm in self.alarms:
            action = cast(cloudwatch.IAlarmAction, actions.SnsAction(topic))
            alarm.add_alarm_action(action)
            alarm.add_ok_action(action)


def _rules(watched: Watched, limits: AlarmThresholds) -> Iterator[_Rule]:
    if isinstance(watched, InferenceComponent):
        yield from _errors(watched, limits)
        yield _unanswered("NoCopy", "requests that found no copy", watched.metric_no_capacity(), limits)
    elif isinstance(watched, ServerlessEndpoint):
        yield from _errors(watched, limits)
        yield _use("Memory", "memory", watched.metric_memory_utilization(), limits.memory_percent)
    elif isinstance(watched, SharedEndpoint):
        yield from _machine(watched, watched.variant_name, limits)
    else:
        for variant in watched.variants:
            yield from _machine(watched, variant.name, limits)
    if isinstance(watched, AsyncEndpoint):
        seconds = limits.oldest_request.to_milliseconds() / 1000
        yield _Rule("OldestRequest", "seconds that a request waits", watched.metric_oldest_request(), seconds)
        needed = watched.metric_backlog_without_capacity()
        yield _unanswered("Asleep", "sign of requests that wait without an instance", needed, limits)


def _errors(watched: ServerlessEndpoint | InferenceComponent, limits: AlarmThresholds) -> Iterator[_Rule]:
    yield _Rule("ServerErrors", "responses 5xx", watched.metric_server_errors(), limits.errors)
    yield _Rule("ModelErrors", "errors of the model", watched.metric_model_errors(), limits.errors)


def _machine(endpoint: EndpointBase, variant: str, limits: AlarmThresholds) -> Iterator[_Rule]:
    memory = endpoint.metric_memory_utilization(variant=variant)
    yield _use(f"{variant}Memory", f"memory of {variant}", memory, limits.memory_percent)
    disk = endpoint.metric_disk_utilization(variant=variant)
    yield _use(f"{variant}Disk", f"disk of {variant}", disk, limits.disk_percent)


def _use(id: str, what: str, metric: cloudwatch.Metric, percent: float) -> _Rule:
    return _Rule(id, f"percent of the {what} in use", metric, percent, minutes=5, breaching=5)


def _unanswered(id: str, words: str, metric: cloudwatch.Metric, limits: AlarmThresholds) -> _Rule:
    minutes = int(limits.waking.to_milliseconds() // 60_000)
    return _Rule(id, words, metric, 1, minutes=minutes, breaching=minutes)


def _alarm(scope: Construct, name: str, rule: _Rule) -> cloudwatch.Alarm:
    times = f"{rule.breaching} of {rule.minutes} minutes"
    return rule.metric.create_alarm(
        scope,
        rule.id,
        alarm_description=f"{name}: at least {rule.threshold:g} {rule.words} in {times}",
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold=rule.threshold,
        evaluation_periods=rule.minutes,
        datapoints_to_alarm=rule.breaching,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
