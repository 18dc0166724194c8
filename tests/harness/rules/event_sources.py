"""Queues as sources of functions that break a rule."""

from typing import Any, cast

from aws_cdk import Duration, Stack
from aws_cdk import aws_sqs as sqs

from harness.rules.case import Request, RuleCase
from sagemaker_constructs.features.feature_group import FeatureGroup
from sagemaker_constructs.features.feature_schema import FeatureSchema
from sagemaker_constructs.features.online_store import OnlineStore
from sagemaker_constructs.features.stream_ingestion import StreamIngestion

_SHOWN = "tests/emulator/functions/test_event_sources.py::test_a_mapping_is_refused_that_lambda_refuses"


def _mapping(queue: str = "patient-events", **members: Any) -> Request:
    return {
        "EventSourceArn": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
        "FunctionName": "minute-of-events",
        **members,
    }


def _ingestion(stack: Stack, *, fifo: bool = True, hidden: int = 60, **given: Any) -> None:
    # A queue that is no FIFO queue does not say so.
    queue = sqs.Queue(stack, "Given", visibility_timeout=Duration.seconds(hidden), fifo=True if fifo else None)
    schema = FeatureSchema("customer", "at", {"customer": "String", "at": "String"})
    group = FeatureGroup(stack, "Group", schema=schema, online=OnlineStore(), offline=None)
    StreamIngestion(stack, "Ingestion", group=group, queue=cast(sqs.IQueue, queue), **given)


CASES = {
    "messages-are-hidden-while-their-function-runs": RuleCase(
        refused=_mapping("hasty-events"),
        taken=_mapping("patient-events"),
        synth=lambda stack: _ingestion(stack, fifo=False, hidden=59),
        elsewhere=_SHOWN,
    ),
    "fifo-queues-have-no-batching-window": RuleCase(
        refused=_mapping("ordered-events.fifo", MaximumBatchingWindowInSeconds=1),
        taken=_mapping("patient-events", MaximumBatchingWindowInSeconds=1),
        synth=lambda stack: _ingestion(stack, batch_window=Duration.seconds(1)),
        elsewhere=_SHOWN,
    ),
    "batches-of-fifo-queues-have-ten-messages": RuleCase(
        refused=_mapping("ordered-events.fifo", BatchSize=11),
        taken=_mapping("ordered-events.fifo", BatchSize=10),
        synth=lambda stack: _ingestion(stack, batch_size=11),
        elsewhere=_SHOWN,
    ),
    "larger-batches-are-waited-for": RuleCase(
        refused=_mapping(BatchSize=11),
        taken=_mapping(BatchSize=11, MaximumBatchingWindowInSeconds=1),
        elsewhere=_SHOWN,
    ),
}
