"""Records that arrive one by one, from a stream or a queue to a feature group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import milliseconds_of
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import Problem, in_range, reject, seconds_between
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.features.feature_group import FeatureGroup
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.storage.event_queue import EventQueue, protect, queue_facts
from sagemaker_constructs.storage.object_access import key_arn

if TYPE_CHECKING:
    from aws_cdk import aws_kinesis as kinesis

OtherFields = Literal["refused", "dropped"]

_FUNCTION_SECONDS = 60
_VISIBILITY_SECONDS = 6 * _FUNCTION_SECONDS
"""Six times the function's time, as Lambda recommends."""
_LONGEST_WINDOW_SECONDS = 300
_MOST_OF_A_BATCH = 10_000
_BATCH, _FIFO_BATCH = 100, 10
_MOST_ATTEMPTS = 1_000
_LONGEST_AGE_SECONDS = 604_800
_WRITER = "Writer"


@dataclass(frozen=True)
class _Batch:
    """How many records are one call of the function, and how long it waits for them: None for a FIFO queue."""

    size: int
    window: int | None

    @classmethod
    def of(cls, size: int | None, window: Duration | None, *, fifo: bool) -> "_Batch":
        size = (_FIFO_BATCH if fifo else _BATCH) if size is None else size
        if not window:
            return cls(size, None if fifo else 1)
        # Parts of a second are refused together with all other mistakes: converting them must not raise.
        known = milliseconds_of(window)
        return cls(size, cast(int, window.to_seconds()) if known is None else int(known // 1000))


class StreamIngestion(BaseConstruct):
    """Writes what arrives in ``stream`` (Kinesis) or ``queue`` (SQS) to ``group``; by default in a queue of its own.

    A record is a JSON object with a value for each feature. It is checked against the features that the group has;
    what does not fit is a dead letter for fourteen days, with the attribute ``Reason``, and holds up nothing.
    ``other_fields`` says whether an object may have more than the features. Records of one identifier are written in
    their order. What is throttled is tried again, more and more slowly. What the function died over comes again,
    which changes nothing online: of records with one event time, the store keeps the first.

    Up to ``batch_size`` records (default: 100), or those of ``batch_window`` (default: one second), are one call of
    the function; of a FIFO queue, up to 10 and without a window. A batch of a stream that fails is divided, and what
    remains of it after ``maximum_attempts``, or is older than ``maximum_age``, becomes a dead letter too; so does a
    message of a queue after so many attempts. Messages of a ``queue`` must be hidden for 60 seconds at least, the
    function's timeout; Lambda recommends six times as long.

    Its queues are retained when the stack goes, with what waits in them; ``removal_policy`` can destroy them.

    Provisions: a function with role and logs, its ``AWS::Lambda::EventSourceMapping`` and an ``AWS::SQS::Queue`` of
    dead letters, with one more for records without ``stream`` and ``queue``.
    Raises ``InvalidInput`` for both sources, and for what Lambda refuses of the source.

    See https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html,
    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        group: FeatureGroup,
        stream: "kinesis.IStream | None" = None,
        queue: sqs.IQueue | None = None,
        other_fields: OtherFields = "refused",
        batch_size: int | None = None,
        batch_window: Duration | None = None,
        maximum_attempts: int = 10,
        maximum_age: Duration | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        batch = _Batch.of(batch_size, batch_window, fifo=bool(queue and queue.fifo))
        reject(
            self,
            [
                *_problems(stream, queue, batch_window, maximum_attempts, maximum_age),
                in_range("batch_size", batch.size, 1, _MOST_OF_A_BATCH),
                *(_problems_of_queue(queue, batch) if queue else ()),
            ],
        )
        self._group = group
        own = None
        dead = EventQueue(self, "DeadLetters", visibility_timeout=_VISIBILITY_SECONDS, removal_policy=removal_policy)
        if not stream and not queue:
            # The function gives up first, with the reason; what it cannot take at all comes after.
            received = min(2 * maximum_attempts + 2, _MOST_ATTEMPTS)
            own = EventQueue(
                self,
                "Queue",
                visibility_timeout=_VISIBILITY_SECONDS,
                redrive_policy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": received},
                removal_policy=removal_policy,
            )
        self._dead_letters_name = dead.name
        self.dead_letters_url: str = dead.url
        self.queue_url: str | None = own.url if own else None
        self._queue_arn = own.arn if own else None
        source = stream.stream_arn if stream else queue.queue_arn if queue else own.arn if own else ""
        grants = group.ingest_grants()
        letters = ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")
        grants.allow(*(f"sqs:{each}" for each in letters), on=dead.arn)
        grants.include(_of_stream(stream, source) if stream else _of_queue(queue, source))
        function = LibraryFunction(
            self,
            _WRITER,
            code="feature_ingestion",
            handler="handler.handler",
            description=f"Writes records to the feature group of {group.path}",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="Its source limits how often it runs, and what fails is kept; it calls AWS's own API alone, and "
            "its environment names resources.",
            environment={
                "GROUP": group.name,
                "DEAD_LETTERS": dead.url,
                "OTHER_FIELDS": other_fields,
                "MOST_RECEIVED": str(0 if stream else maximum_attempts),
            },
            grants=grants,
        )
        self.function_arn: str = function.arn
        options: Mapping[str, Any] = _stream_options(dead.arn, maximum_attempts, maximum_age) if stream else {}
        lambda_.CfnEventSourceMapping(
            self,
            "Records",
            event_source_arn=source,
            function_name=self.function_arn,
            batch_size=batch.size,
            maximum_batching_window_in_seconds=batch.window,
            function_response_types=["ReportBatchItemFailures"],
            **options,
        )
        protect(self, [dead, own] if own else [dead], told=[], rules=[])

    def grant_send(self, role: iam.IRole) -> None:
        """Let ``role`` send records to the queue of its own; raises ``InvalidInput`` for another source."""
        if self._queue_arn is None:
            reject(self, [Problem("queue", "is given, or a stream: grant what it takes on that")])
            return
        grants = Grants()
        grants.allow("sqs:SendMessage", on=self._queue_arn)
        give(role, grants)

    def grant_replay(self, role: iam.IRole) -> None:
        """Let ``role`` try dead letters again, by calling the function ``function_arn`` with ``{"replay": 500}``.

        It answers with how many records were ``written``, and ``refused`` for which reasons; those stay dead letters.
        """
        grants = Grants()
        grants.allow("lambda:InvokeFunction", on=self.function_arn)
        give(role, grants)

    @property
    def watched_name(self) -> str:
        """The group's name."""
        return self._group.name

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``Alarms`` makes those of ``alarm_rules``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """A record was given up."""
        del thresholds
        yield AlarmRule("DeadLetters", "records given up", [self._given_up], 1, minutes=1, breaching=1)

    def dashboard_sections(self) -> Iterator[Section]:
        """Records that were given up."""
        yield Section(f"Records of {self.watched_name}", [[Graph("Records given up", [self._given_up])]])

    @property
    def _given_up(self) -> Measurement:
        measured = Measured("ApproximateNumberOfMessagesVisible", "Maximum", "AWS/SQS")
        return Measurement(measured, {"QueueName": self._dead_letters_name})


def _of_stream(stream: "kinesis.IStream", arn: str) -> Grants:
    grants = Grants()
    verbs = ("GetRecords", "GetShardIterator", "DescribeStream", "DescribeStreamSummary", "ListShards")
    grants.allow(*(f"kinesis:{each}" for each in verbs), on=arn)
    if stream.encryption_key:
        grants.allow("kms:Decrypt", on=key_arn(stream.encryption_key))
    return grants


def _of_queue(queue: sqs.IQueue | None, arn: str) -> Grants:
    grants = Grants()
    grants.allow(*(f"sqs:{each}" for each in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")), on=arn)
    if queue and queue.encryption_master_key:
        grants.allow("kms:Decrypt", on=key_arn(queue.encryption_master_key))
    return grants


def _stream_options(dead_arn: str, attempts: int, age: Duration | None) -> Mapping[str, Any]:
    return {
        "starting_position": "TRIM_HORIZON",
        "bisect_batch_on_function_error": True,
        "maximum_retry_attempts": attempts,
        "maximum_record_age_in_seconds": age.to_seconds() if age else -1,
        "destination_config": {"onFailure": {"destination": dead_arn}},
    }


def _problems_of_queue(queue: sqs.IQueue, batch: _Batch) -> Iterator[Problem]:
    request = {
        "EventSourceArn": queue.queue_arn,
        "FunctionName": _WRITER,
        "BatchSize": batch.size,
        "MaximumBatchingWindowInSeconds": batch.window or 0,
    }
    names = {"EventSourceArn": "queue", "MaximumBatchingWindowInSeconds": "batch_window"}
    known = {"Queue": {queue.queue_arn: queue_facts(queue)}, "Function": {_WRITER: {"Timeout": _FUNCTION_SECONDS}}}
    yield from request_problems("CreateEventSourceMapping", request, names, known)


def _problems(
    stream: object, queue: object, window: Duration | None, attempts: int, age: Duration | None
) -> Iterator[Problem | None]:
    if stream and queue:
        yield Problem("queue", "must not be given together with a stream")
    if window:
        yield seconds_between("batch_window", window, 1, _LONGEST_WINDOW_SECONDS)
    yield in_range("maximum_attempts", attempts, 1, _MOST_ATTEMPTS)
    if age:
        yield seconds_between("maximum_age", age, 60, _LONGEST_AGE_SECONDS)
        if not stream:
            yield Problem("maximum_age", "requires a stream; messages of a queue have the queue's retention period")
