"""Whatever starts a pipeline by itself, through one function."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import Problem, matches, positive, reject, within
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.pipelines.pipeline import PipelineBase
from sagemaker_constructs.pipelines.triggers.parameter_problems import start_problems
from sagemaker_constructs.pipelines.triggers.trigger import StartQueues, Trigger
from sagemaker_constructs.storage.event_queue import EventQueue, protect
from sagemaker_constructs.storage.expiring_table import ExpiringTable

_FUNCTION_SECONDS = 60
_VISIBILITY_SECONDS = 6 * _FUNCTION_SECONDS
"""Six times the function's time, as Lambda recommends."""
_RECEIVED_AT_MOST = 1000
"""More often than a message is looked at in the four days for which it may wait."""


class PipelineTriggers(BaseConstruct):
    """Starts ``pipeline`` for each event of ``triggers``, which have names of letters, digits and hyphens.

    One function starts it for all of them, and for whoever calls it (``grant_start``). The same event starts it once,
    however often and in whatever order events arrive. No more than ``maximum_executions`` run at a time (default: 1);
    what happens meanwhile waits, for four days at most. What AWS or the pipeline's parameters do not allow is kept in
    a queue of dead letters for fourteen days, with the reason.

    Provisions: what the triggers say, two ``AWS::SQS::Queue``, an ``AWS::DynamoDB::Table`` (both deleted with the
    stack: they hold what happened in the last thirty days), a function with role and logs, its
    ``AWS::Lambda::EventSourceMapping`` and ``AWS::Lambda::EventInvokeConfig``.
    Raises ``InvalidInput``, for all triggers at once, for values that are no parameters of the pipeline or not of
    their types, and for parameters without a default that a trigger gives no value.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/pipeline-eventbridge.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        pipeline: PipelineBase,
        triggers: Mapping[str, Trigger],
        maximum_executions: int = 1,
    ) -> None:
        super().__init__(scope, id)
        reject(self, _problems(pipeline, triggers, maximum_executions))
        self._pipeline = pipeline
        dead, queue = self._queues()
        self._names = (queue.name, dead.name)
        self.dead_letters_url: str = dead.url
        holds = "It holds which events have started the pipeline in the last thirty days, and nothing to restore."
        table = ExpiringTable(self, "Started", key="Entry", holds=holds)
        self._function = LibraryFunction(
            self,
            "Starter",
            code="starter",
            handler="handler.handler",
            description=f"Starts the pipeline of {self.path}",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="Its queue limits how often it runs, and what fails is kept; it calls AWS's own API alone, and "
            "its environment names resources.",
            environment={
                "PIPELINE": pipeline.pipeline_name,
                "MOST_AT_ONCE": str(maximum_executions),
                "TABLE": table.name,
                "QUEUE": queue.url,
                "DEAD_LETTERS": dead.url,
            },
            grants=self._grants(table.arn, queue.arn, dead.arn),
        )
        self.function_arn: str = self._function.arn
        events = lambda_.CfnEventSourceMapping(
            self,
            "Events",
            event_source_arn=queue.arn,
            function_name=self.function_arn,
            batch_size=1,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config={"maximumConcurrency": 2},
        )
        if pipeline.location.stack is self.location.stack:
            # It is deleted before the executions are stopped, so that none starts after that.
            depend(events, pipeline.end.resource)
        lambda_.CfnEventInvokeConfig(
            self,
            "Calls",
            function_name=self.function_arn,
            qualifier="$LATEST",
            destination_config={"onFailure": {"destination": dead.arn}},
        )
        queues = StartQueues(queue.arn, dead.arn)
        rules = [
            trigger.connect(self, f"Trigger{name}", queues=queues, message=trigger.message(name))
            for name, trigger in triggers.items()
        ]
        protect(self, [queue, dead], told=[queue, dead], rules=[rule for rule in rules if rule])

    def grant_start(self, role: iam.IRole) -> None:
        """Let ``role`` start the pipeline by calling the function ``function_arn``.

        It takes ``{"parameters": {"Rounds": 200}, "key": "once"}``, both optional, and answers with
        ``PipelineExecutionArn``. The same ``key`` starts the pipeline once in thirty days. While too many executions
        run, and for what is refused, the call fails with the reason.
        """
        grants = Grants()
        grants.allow("lambda:InvokeFunction", on=self.function_arn)
        give(role, grants)

    @property
    def watched_name(self) -> str:
        """The pipeline's name."""
        return self._pipeline.pipeline_name

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``Alarms`` makes the one of ``alarm_rules``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """A start was given up."""
        del thresholds
        yield AlarmRule("DeadLetters", "starts given up", [_visible(self._names[1])], 1, minutes=1, breaching=1)

    def dashboard_sections(self) -> Iterator[Section]:
        """Starts that wait, and those that were given up."""
        queue, dead = self._names
        waiting = [_visible(queue), _measured(queue, "ApproximateNumberOfMessagesNotVisible")]
        graphs = [Graph("Waiting starts", waiting), Graph("Starts given up", [_visible(dead)])]
        yield Section(f"Starts of {self.watched_name}", [graphs])

    def _queues(self) -> tuple[EventQueue, EventQueue]:
        dead = EventQueue(self, "DeadLetters")
        queue = EventQueue(
            self,
            "Queue",
            visibility_timeout=_VISIBILITY_SECONDS,
            redrive_policy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": _RECEIVED_AT_MOST},
        )
        return dead, queue

    def _grants(self, table_arn: str, queue_arn: str, dead_arn: str) -> Grants:
        grants = self._pipeline.start_grants()
        grants.allow("sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions", on=self._pipeline.arn)
        verbs = ("GetItem", "PutItem", "UpdateItem", "DeleteItem")
        grants.allow(*(f"dynamodb:{verb}" for verb in verbs), on=table_arn)
        grants.allow(
            *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"),
            on=queue_arn,
        )
        grants.allow("sqs:SendMessage", on=dead_arn)
        return grants


def _problems(pipeline: PipelineBase, triggers: Mapping[str, Trigger], most: int) -> Iterator[Problem | None]:
    yield positive("maximum_executions", most)
    for name, trigger in triggers.items():
        path = f"triggers.{name}"
        words = "named with at most 48 letters, digits and hyphens between them"
        yield matches(path, name, "(?=.{1,48}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*", words)
        if name == "manual":
            yield Problem(path, "must have another name: calls of the function have this one")
        yield from within(path, trigger.problems())
        yield from within(path, start_problems(pipeline.parameters, trigger.parameters))


def _visible(queue: str) -> Measurement:
    return _measured(queue, "ApproximateNumberOfMessagesVisible")


def _measured(queue: str, name: str) -> Measurement:
    return Measurement(Measured(name, "Maximum", "AWS/SQS"), {"QueueName": queue})
