"""Keys, secrets, alarms, logs, events and functions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

from sagemaker_constructs.cost.quantities.counting import Counted, Quantity, always, counts, free, plain_text
from sagemaker_constructs.cost.quantities.jobs import jobs_started
from sagemaker_constructs.cost.quantities.schedules import times_a_month

_HIGH_RESOLUTION_SECONDS = 60
_CLOUDWATCH = "AmazonCloudWatch"

free(
    "permissions cost nothing",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::OIDCProvider",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::LakeFormation::DataCellsFilter",
    "AWS::LakeFormation::DataLakeSettings",
    "AWS::LakeFormation::PrincipalPermissions",
    "AWS::LakeFormation::Resource",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolGroup",
)
free(
    "paid for by what it starts",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Version",
    "AWS::Lambda::Url",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::CustomResource",
)
free("standard parameters cost nothing", "AWS::SSM::Parameter")
free("budgets without actions cost nothing", "AWS::Budgets::Budget")
free("rules on events of AWS's own services cost nothing", "AWS::Events::Rule")
always("AWSSecretsManager/AWSSecretsManager-Secrets", "secrets", "AWS::SecretsManager::Secret")
always(f"{_CLOUDWATCH}/CW:CompositeAlarmMonitorUsage", "composite alarms", "AWS::CloudWatch::CompositeAlarm")
always(f"{_CLOUDWATCH}/DashboardsUsageHour", "dashboards", "AWS::CloudWatch::Dashboard")


@counts("AWS::KMS::Key")
def _key(counted: Counted) -> Iterator[Quantity]:
    # The first two rotations add a version each that is paid for like a key: https://aws.amazon.com/kms/pricing/
    most = 3 if counted.properties.get("EnableKeyRotation") else 1
    yield Quantity("awskms/KMS-Keys", "KMS keys", Decimal(1), Decimal(1), Decimal(most))
    yield Quantity.by_use("awskms/KMS-Requests", "requests of KMS", counted.used("requests"))


@counts("AWS::CloudWatch::Alarm")
def _alarm(counted: Counted) -> Iterator[Quantity]:
    metrics = counted.properties.get("Metrics", ())
    read = sum("MetricStat" in each for each in metrics)
    # An alarm on a band is one on the metric and on both of its bounds.
    band = any("ANOMALY_DETECTION_BAND" in str(each.get("Expression", "")) for each in metrics)
    periods = [
        counted.properties.get("Period", 60),
        *(each["MetricStat"]["Period"] for each in metrics if "MetricStat" in each),
    ]
    high = min(map(int, periods)) < _HIGH_RESOLUTION_SECONDS
    key = f"{_CLOUDWATCH}/CW:{'HighResAlarmMonitorUsage' if high else 'AlarmMonitorUsage'}"
    what = "metrics of high-resolution alarms" if high else "metrics of alarms"
    yield Quantity.fixed(key, what, max(1, read) + 2 * band)


@counts("AWS::ApplicationAutoScaling::ScalingPolicy")
def _policy(counted: Counted) -> Iterator[Quantity]:
    if counted.properties.get("PolicyType") == "TargetTrackingScaling":
        # Application Auto Scaling makes one alarm to add capacity and one to take it away.
        yield Quantity.fixed(f"{_CLOUDWATCH}/CW:AlarmMonitorUsage", "metrics of alarms", 2)


@counts("AWS::Logs::LogGroup")
def _logs(counted: Counted) -> Iterator[Quantity]:
    taken = counted.used("gigabytes")
    yield Quantity.by_use(f"{_CLOUDWATCH}/DataProcessing-Bytes", "GB of logs taken in", taken)


@counts("AWS::Lambda::Function")
def _function(counted: Counted) -> Iterator[Quantity]:
    arm = "-ARM" if "arm64" in counted.properties.get("Architectures", ()) else ""
    memory = Decimal(counted.properties.get("MemorySize", 128)) / 1024
    requests = counted.used("requests")
    seconds = requests * counted.used("milliseconds", 100) / 1000 * memory
    yield Quantity.by_use(f"AWSLambda/Lambda-GB-Second{arm}", "GB-seconds of functions", seconds)
    yield Quantity.by_use(f"AWSLambda/Request{arm}", "requests of functions", requests)
    due = [
        times_a_month(str(properties["ScheduleExpression"]))
        for _, properties in counted.of_type("AWS::Scheduler::Schedule")
        if properties["Target"]["Arn"] == {"Fn::GetAtt": [counted.logical_id, "Arn"]}
    ]
    # A function that starts jobs has their request in its environment.
    for written in counted.properties.get("Environment", {}).get("Variables", {}).values():
        yield from jobs_started(counted, written, sum((each for each in due if each), Decimal(0)))


@counts("AWS::StepFunctions::StateMachine")
def _state_machine(counted: Counted) -> Iterator[Quantity]:
    key = "AmazonStates/StateTransition"
    yield Quantity.by_use(key, "transitions of state machines", counted.used("transitions"))
    for request in _requests(plain_text(counted.properties.get("DefinitionString", ""))):
        yield from jobs_started(counted, json.dumps(request))


def _requests(definition: str) -> Iterator[Mapping[str, Any]]:
    """What tasks of a state machine ask SageMaker for."""
    try:
        pending: list[Any] = [json.loads(definition)]
    except ValueError:
        return
    while pending:
        each = pending.pop()
        if isinstance(each, list):
            pending += cast(list[Any], each)
        elif isinstance(each, dict):
            found = cast(Mapping[str, Any], each)
            pending += found.values()
            if ":sagemaker:create" in str(found.get("Resource")):
                yield found.get("Parameters") or found.get("Arguments") or {}


@counts("AWS::SQS::Queue")
def _queue(counted: Counted) -> Iterator[Quantity]:
    fifo = counted.properties.get("FifoQueue") in (True, "true")
    key = "AWSQueueService/Requests-FIFO-RBP" if fifo else "AWSQueueService/Requests-RBP"
    yield Quantity.by_use(key, "requests of FIFO queues" if fifo else "requests of queues", counted.used("requests"))


@counts("AWS::SNS::Topic")
def _topic(counted: Counted) -> Iterator[Quantity]:
    yield Quantity.by_use("AmazonSNS/Requests-Tier1", "requests of topics", counted.used("requests"))


@counts("AWS::Scheduler::Schedule")
def _schedule(counted: Counted) -> Iterator[Quantity]:
    key = "AWSEvents/Scheduler-Invocation"
    times = times_a_month(str(counted.properties["ScheduleExpression"])) or Decimal(0)
    yield Quantity.by_use(key, "invocations of schedules", counted.used("invocations", times))
    yield from jobs_started(counted, counted.properties["Target"].get("Input", ""), times)
