"""A queue between events and one of the library's functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from sagemaker_constructs.core.access.grants import one_or_all

_FOURTEEN_DAYS = 14 * 24 * 3600
_VISIBILITY_SECONDS = 30
"""That of a queue that does not say otherwise."""


class EventQueue:
    """An encrypted ``AWS::SQS::Queue`` of events, kept for fourteen days, with ``options`` of its own.

    It is deleted with its stack, as what waits mostly means nothing without the function; ``removal_policy`` retains
    a queue of data.
    """

    def __init__(
        self, scope: Construct, id: str, *, removal_policy: RemovalPolicy = RemovalPolicy.DESTROY, **options: Any
    ) -> None:
        self.resource: sqs.CfnQueue = sqs.CfnQueue(
            scope, id, sqs_managed_sse_enabled=True, message_retention_period=_FOURTEEN_DAYS, **options
        )
        self.resource.apply_removal_policy(removal_policy)
        self.url: str = self.resource.ref
        self.arn: str = self.resource.attr_arn
        self.name: str = self.resource.attr_queue_name


def queue_facts(queue: sqs.IQueue) -> Mapping[str, Any]:
    """What is known of ``queue`` at synth, as rules ask for it: of one of this app, how long it hides messages, too.

    See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    resource = queue.node.default_child
    if not isinstance(resource, sqs.CfnQueue):
        return {"FifoQueue": queue.fifo}
    hidden = resource.visibility_timeout
    return {"FifoQueue": queue.fifo, "VisibilityTimeout": _VISIBILITY_SECONDS if hidden is None else hidden}


def protect(
    scope: Construct,
    queues: Sequence[EventQueue],
    *,
    told: Sequence[EventQueue],
    rules: Sequence[str] = (),
    topics: Sequence[str] = (),
) -> None:
    """Refuse unencrypted connections to ``queues``; let ``rules`` and ``topics`` (ARNs) send to those ``told``."""
    statements: list[Mapping[str, object]] = []
    for name, service, sources in (("Events", "events", rules), ("Topics", "sns", topics)):
        if sources:
            statements.append(
                {
                    "Sid": name,
                    "Effect": "Allow",
                    "Principal": {"Service": f"{service}.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": one_or_all([each.arn for each in told]),
                    "Condition": {"ArnEquals": {"aws:SourceArn": one_or_all(sources)}},
                }
            )
    statements.append(
        {
            "Sid": "EncryptedConnections",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": one_or_all([each.arn for each in queues]),
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )
    document = {"Version": "2012-10-17", "Statement": statements}
    sqs.CfnQueuePolicy(scope, "QueuePolicy", queues=[each.url for each in queues], policy_document=document)
