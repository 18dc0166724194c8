"""The right to publish to a topic, and rules that do so."""

from collections.abc import Mapping

from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.base_construct import location_of


def grant_publish(topic: sns.ITopic, grants: Grants) -> None:
    """Allow publishing to ``topic``, and using the key that encrypts it.

    See https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    grants.allow("sns:Publish", on=topic.topic_arn)
    key = topic.master_key
    if key:
        grants.allow(
            "kms:Decrypt",
            "kms:GenerateDataKey*",
            on=key.key_arn,
            because="What a publisher to an encrypted topic needs, on that topic's one key.",
        )


def tell_topic(
    scope: Construct, id: str, *, topic: sns.ITopic, pattern: Mapping[str, object], description: str
) -> events.CfnRule:
    """A rule below ``scope`` that publishes each event that matches ``pattern`` to ``topic``, by a role of its own.

    See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    grants = Grants()
    grant_publish(topic, grants)
    role = service_role(
        scope,
        f"{id}Role",
        service="events.amazonaws.com",
        description=description,
        grants=grants,
        conditions={"StringEquals": {"aws:SourceAccount": location_of(scope).account}},
    )
    target = {"id": "Topic", "arn": topic.topic_arn, "roleArn": role.attr_arn}
    return events.CfnRule(scope, id, description=description, event_pattern=pattern, targets=[target])
