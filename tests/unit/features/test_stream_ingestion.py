"""Records from a stream or a queue: the mapping, what the function may do, and what is refused."""

from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Match, Template

import sagemaker_constructs as sm
from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput

MAPPING = "AWS::Lambda::EventSourceMapping"
SCHEMA = sm.FeatureSchema("customer", "at", {"customer": "String", "at": "String", "calls": "Integral"})


@pytest.fixture
def group(stack: Stack) -> sm.FeatureGroup:
    return sm.FeatureGroup(stack, "Customers", schema=SCHEMA, online=sm.OnlineStore(), offline=None)


def _allowed(stack: Stack) -> set[str]:
    return {action for each in statements(stack) for action in actions_of(each)}


def test_a_stream_is_divided_repeated_and_given_up_to_dead_letters(stack: Stack, group: sm.FeatureGroup) -> None:
    stream = kinesis.Stream(stack, "Arrivals", encryption_key=cast(kms.IKey, kms.Key(stack, "StreamKey")))
    ingestion = sm.StreamIngestion(stack, "Ingestion", group=group, stream=stream, maximum_age=Duration.days(1))
    template = Template.from_stack(stack)
    template.has_resource_properties(
        MAPPING,
        {
            "BatchSize": 100,
            "MaximumBatchingWindowInSeconds": 1,
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 10,
            "MaximumRecordAgeInSeconds": 86_400,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "StartingPosition": "TRIM_HORIZON",
            "DestinationConfig": {"OnFailure": {"Destination": Match.any_value()}},
        },
    )
    template.resource_count_is("AWS::SQS::Queue", 1)
    assert ingestion.queue_url is None
    assert {"kinesis:GetRecords", "sagemaker:BatchWriteRecord", "sqs:SendMessage", "kms:Decrypt"} <= _allowed(stack)
    assert "sagemaker:GetRecord" not in _allowed(stack)
    with pytest.raises(InvalidInput, match="queue is given, or a stream"):
        ingestion.grant_send(iam.Role.from_role_name(stack, "Sender", "sender"))


def test_a_queue_of_its_own_gives_up_what_the_function_does_not(stack: Stack, group: sm.FeatureGroup) -> None:
    ingestion = sm.StreamIngestion(stack, "Ingestion", group=group, maximum_attempts=3)
    sender = iam.Role(stack, "Sender", assumed_by=cast(Any, iam.ServicePrincipal("lambda.amazonaws.com")))
    ingestion.grant_send(cast(iam.IRole, sender))
    ingestion.grant_replay(cast(iam.IRole, sender))
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::SQS::Queue", {"RedrivePolicy": Match.object_like({"maxReceiveCount": 8})})
    template.has_resource_properties(MAPPING, {"StartingPosition": Match.absent(), "BatchSize": 100})
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"Environment": {"Variables": Match.object_like({"MOST_RECEIVED": "3", "OTHER_FIELDS": "refused"})}},
    )
    assert {"sqs:ReceiveMessage", "lambda:InvokeFunction"} <= _allowed(stack)


def test_a_given_queue_stays_as_it_is(stack: Stack, group: sm.FeatureGroup) -> None:
    key = cast(kms.IKey, kms.Key(stack, "QueueKey"))
    queue = sqs.Queue(stack, "Given", encryption_master_key=key, visibility_timeout=Duration.minutes(6))
    window = Duration.seconds(5)
    sm.StreamIngestion(
        stack,
        "Ingestion",
        group=group,
        queue=cast(sqs.IQueue, queue),
        other_fields="dropped",
        batch_size=10,
        batch_window=window,
    )
    Template.from_stack(stack).resource_count_is("AWS::SQS::Queue", 2)
    Template.from_stack(stack).has_resource_properties(MAPPING, {"MaximumBatchingWindowInSeconds": 5})


def _given(stack: Stack, seconds: int = 360, **options: Any) -> sqs.IQueue:
    return cast(sqs.IQueue, sqs.Queue(stack, "Given", visibility_timeout=Duration.seconds(seconds), **options))


def test_records_that_wait_outlive_the_stack(stack: Stack, group: sm.FeatureGroup) -> None:
    sm.StreamIngestion(stack, "Ingestion", group=group)
    sm.StreamIngestion(stack, "Destroyed", group=group, removal_policy=RemovalPolicy.DESTROY)
    queues = Template.from_stack(stack).find_resources("AWS::SQS::Queue")
    kept = {name.rstrip("0123456789ABCDEF"): each["DeletionPolicy"] for name, each in queues.items()}
    retained = "RetainExceptOnCreate"
    assert kept == {
        "IngestionDeadLetters": retained,
        "IngestionQueue": retained,
        "DestroyedDeadLetters": "Delete",
        "DestroyedQueue": "Delete",
    }


@pytest.mark.parametrize("imported", [False, True])
def test_a_fifo_queue_hands_over_ten_messages_without_a_window(
    stack: Stack, group: sm.FeatureGroup, imported: bool
) -> None:
    arn = "arn:aws:sqs:us-east-1:123456789012:events.fifo"
    queue = sqs.Queue.from_queue_arn(stack, "Imported", arn) if imported else _given(stack, fifo=True)
    sm.StreamIngestion(stack, "Ingestion", group=group, queue=queue)
    Template.from_stack(stack).has_resource_properties(
        MAPPING, {"BatchSize": 10, "MaximumBatchingWindowInSeconds": Match.absent()}
    )


def test_a_fifo_queue_takes_no_larger_batches(stack: Stack, group: sm.FeatureGroup) -> None:
    queue, window = _given(stack, fifo=True), Duration.seconds(5)
    with pytest.raises(InvalidInput) as refused:
        sm.StreamIngestion(stack, "Ingestion", group=group, queue=queue, batch_size=11, batch_window=window)
    assert {problem.path for problem in refused.value.problems} == {"batch_size", "batch_window"}


def test_a_queue_hides_its_messages_for_as_long_as_the_function_runs(stack: Stack, group: sm.FeatureGroup) -> None:
    # Without a word, it is 30 seconds.
    hasty = cast(sqs.IQueue, sqs.Queue(stack, "Hasty"))
    with pytest.raises(InvalidInput, match=r"queue is refused by AWS: The visibility timeout .*, got: 30 and 60"):
        sm.StreamIngestion(stack, "Refused", group=group, queue=hasty)
    later = cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number
    unknown = sqs.Queue(stack, "Unknown", visibility_timeout=Duration.seconds(later))
    for index, queue in enumerate((_given(stack, 60), cast(sqs.IQueue, unknown))):
        sm.StreamIngestion(stack, f"Ingestion{index}", group=group, queue=queue)
    Template.from_stack(stack).resource_count_is(MAPPING, 2)


def test_mistakes_are_told_at_once(stack: Stack, group: sm.FeatureGroup) -> None:
    stream, queue = kinesis.Stream(stack, "Arrivals"), _given(stack)
    with pytest.raises(InvalidInput) as refused:
        sm.StreamIngestion(
            stack,
            "Ingestion",
            group=group,
            stream=stream,
            queue=queue,
            batch_size=0,
            batch_window=Duration.minutes(6),
            maximum_attempts=0,
            maximum_age=Duration.seconds(30),
        )
    assert [problem.path for problem in refused.value.problems] == [
        "queue",
        "batch_window",
        "maximum_attempts",
        "maximum_age",
        "batch_size",
    ]
    with pytest.raises(InvalidInput, match="batch_window must be whole seconds"):
        sm.StreamIngestion(stack, "Parts", group=group, queue=queue, batch_window=Duration.millis(1500))
    with pytest.raises(InvalidInput, match="maximum_age requires a stream"):
        sm.StreamIngestion(stack, "Queued", group=group, maximum_age=Duration.days(1))


def test_records_that_are_given_up_raise_an_alarm(stack: Stack, group: sm.FeatureGroup) -> None:
    ingestion = sm.StreamIngestion(stack, "Ingestion", group=group)
    sm.Alarms(stack, "Alarms", watched=[ingestion], topic=cast(sns.ITopic, sns.Topic(stack, "Topic")))
    sm.Dashboard(stack, "Dashboard", watched=[ingestion])
    Template.from_stack(stack).has_resource_properties(
        "AWS::CloudWatch::Alarm", {"MetricName": "ApproximateNumberOfMessagesVisible", "Threshold": 1}
    )
