"""Asynchronous endpoints: S3 in and out, messages, backlog, waiting at zero instances and waking from there."""

import datetime
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import Clients, refused, wait_for
from harness.serving_endpoints import counts, deploy, variant

BUCKET = "asynchronous"
DIMENSION = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}


@dataclass
class Asynchronous:
    """An asynchronous endpoint with a queue that gets its messages."""

    name: str
    client: Clients
    queue: str

    def send(self, body: bytes, **options: Any) -> Any:
        key = f"in/{time.monotonic_ns()}.csv"
        self.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        return self.client("sagemaker-runtime").invoke_endpoint_async(
            EndpointName=self.name, InputLocation=f"s3://{BUCKET}/{key}", ContentType="text/csv", **options
        )

    def read(self, uri: str) -> bytes:
        s3, key = self.client("s3"), uri.removeprefix(f"s3://{BUCKET}/")
        wait_for(lambda: s3.list_objects_v2(Bucket=BUCKET, Prefix=key).get("KeyCount"), lambda count: count == 1)
        return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def message(self) -> Any:
        sqs = self.client("sqs")
        received = wait_for(
            lambda: sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=1).get("Messages"), bool
        )[0]
        sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=received["ReceiptHandle"])
        return json.loads(json.loads(received["Body"])["Message"])

    def scale(self, count: int) -> None:
        self.client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=self.name,
            DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": count}],
        )

    def newest(self, metric: str) -> float | None:
        now = datetime.datetime.now(datetime.UTC)
        hour = datetime.timedelta(hours=1)
        points = self.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[{"Name": "EndpointName", "Value": self.name}],
            StartTime=now - hour,
            EndTime=now + hour,
            Period=1,
            Statistics=["Maximum"],
        )["Datapoints"]
        return max(points, key=lambda point: point["Timestamp"])["Maximum"] if points else None


@pytest.fixture
def asynchronous(client: Clients, sagemaker: Any, echo_image: str) -> Iterator[Asynchronous]:
    name = f"queued-{time.monotonic_ns()}"
    client("s3").create_bucket(Bucket=BUCKET)
    queue = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    topic = client("sns").create_topic(Name=name)["TopicArn"]
    arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    output = {
        "S3OutputPath": f"s3://{BUCKET}/out",
        "S3FailurePath": f"s3://{BUCKET}/failed",
        "NotificationConfig": {"SuccessTopic": topic, "ErrorTopic": topic},
    }
    limits = {"MaxConcurrentInvocationsPerInstance": 2}
    deploy(
        sagemaker,
        name,
        [variant(sagemaker, "main", echo_image)],
        AsyncInferenceConfig={"OutputConfig": output, "ClientConfig": limits},
    )
    yield Asynchronous(name, client, queue)
    sagemaker.delete_endpoint(EndpointName=name)


def test_answer_in_s3_and_a_message(asynchronous: Asynchronous) -> None:
    accepted = asynchronous.send(b"1,2", InferenceId="mine")
    assert accepted["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert accepted["InferenceId"] == "mine"
    assert json.loads(asynchronous.read(accepted["OutputLocation"]))["body"] == "1,2"
    message = asynchronous.message()
    assert (message["invocationStatus"], message["inferenceId"]) == ("Completed", "mine")
    assert message["responseParameters"]["outputLocation"] == accepted["OutputLocation"]
    assert message["requestParameters"]["endpointName"] == asynchronous.name
    assert (message["eventName"], message["eventSource"]) == ("InferenceResult", "aws:sagemaker")


def test_failure_in_s3_and_a_message(asynchronous: Asynchronous) -> None:
    accepted = asynchronous.send(b"refuse")
    assert asynchronous.read(accepted["FailureLocation"]) == b"a teapot"
    message = asynchronous.message()
    assert message["invocationStatus"] == "Failed"
    assert message["failureReason"].startswith("ClientError: Received client error (418) from model.")


def test_input_that_is_not_there(asynchronous: Asynchronous) -> None:
    runtime = asynchronous.client("sagemaker-runtime")
    runtime.invoke_endpoint_async(EndpointName=asynchronous.name, InputLocation=f"s3://{BUCKET}/nothing")
    assert "Failed to download" in asynchronous.message()["failureReason"]


def test_each_kind_of_endpoint_refuses_the_other_call(
    asynchronous: Asynchronous, sagemaker: Any, echo_image: str
) -> None:
    runtime = asynchronous.client("sagemaker-runtime")
    code, message = refused(runtime.invoke_endpoint, EndpointName=asynchronous.name, Body=b"1")
    assert (code, "InvokeEndpointAsync" in message) == ("ValidationError", True)
    plain = deploy(sagemaker, f"plain-{time.monotonic_ns()}", [variant(sagemaker, "main", echo_image)])
    code, message = refused(runtime.invoke_endpoint_async, EndpointName=plain, InputLocation="s3://a/b")
    assert (code, "is not asynchronous" in message) == ("ValidationError", True)
    sagemaker.delete_endpoint(EndpointName=plain)


def test_requests_wait_at_zero_instances(asynchronous: Asynchronous) -> None:
    asynchronous.scale(0)
    accepted = [asynchronous.send(b"sleep 1") for _ in range(5)]
    wait_for(lambda: asynchronous.newest("ApproximateBacklogSize"), lambda size: size == 5)
    assert asynchronous.newest("HasBacklogWithoutCapacity") == 1
    asynchronous.scale(1)
    wait_for(lambda: asynchronous.newest("HasBacklogWithoutCapacity"), lambda flag: flag == 0)
    for each in accepted:
        assert json.loads(asynchronous.read(each["OutputLocation"]))["body"] == "sleep 1"
    wait_for(lambda: asynchronous.newest("ApproximateBacklogSizePerInstance"), lambda size: size == 0)


def test_only_so_many_at_a_time(asynchronous: Asynchronous) -> None:
    accepted = [asynchronous.send(f"sleep {2 + index / 100}".encode()) for index in range(4)]
    s3 = asynchronous.client("s3")

    def done() -> int:
        keys = [each["OutputLocation"].removeprefix(f"s3://{BUCKET}/") for each in accepted]
        found = {one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET, Prefix="out/").get("Contents", [])}
        return len(found & set(keys))

    seen: list[int] = []

    def note() -> int:
        seen.append(done())
        return seen[-1]

    wait_for(note, lambda count: count == 4)
    assert 2 in seen


def backlog_alarm(asynchronous: Asynchronous, policy: str) -> None:
    asynchronous.client("cloudwatch").put_metric_alarm(
        AlarmName=f"wake-{asynchronous.name}",
        Namespace="AWS/SageMaker",
        MetricName="HasBacklogWithoutCapacity",
        Dimensions=[{"Name": "EndpointName", "Value": asynchronous.name}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=2,
        DatapointsToAlarm=2,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[policy],
    )


@pytest.fixture
def scale_from_zero(asynchronous: Asynchronous) -> Iterator[Callable[[], list[int]]]:
    """Backlog tracking with zero as its minimum, and the step policy that wakes; gives the count."""
    scaling = asynchronous.client("application-autoscaling")
    target = {**DIMENSION, "ResourceId": f"endpoint/{asynchronous.name}/variant/main"}
    scaling.register_scalable_target(**target, MinCapacity=0, MaxCapacity=3)
    scaling.put_scaling_policy(
        **target,
        PolicyName="backlog",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 5.0,
            "ScaleInCooldown": 60,
            "CustomizedMetricSpecification": {
                "MetricName": "ApproximateBacklogSizePerInstance",
                "Namespace": "AWS/SageMaker",
                "Dimensions": [{"Name": "EndpointName", "Value": asynchronous.name}],
                "Statistic": "Average",
            },
        },
    )
    policy = scaling.put_scaling_policy(
        **target,
        PolicyName="wake",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
            "Cooldown": 60,
        },
    )["PolicyARN"]
    backlog_alarm(asynchronous, policy)
    yield counts(asynchronous.client("sagemaker"), asynchronous.name)
    scaling.deregister_scalable_target(**target)
    asynchronous.client("cloudwatch").delete_alarms(AlarmNames=[f"wake-{asynchronous.name}"])


def test_sleeps_and_wakes(asynchronous: Asynchronous, scale_from_zero: Callable[[], list[int]]) -> None:
    wait_for(scale_from_zero, lambda found: found == [0], seconds=60)
    accepted = asynchronous.send(b"awake")
    wait_for(scale_from_zero, lambda found: found == [1], seconds=60)
    assert json.loads(asynchronous.read(accepted["OutputLocation"]))["body"] == "awake"
