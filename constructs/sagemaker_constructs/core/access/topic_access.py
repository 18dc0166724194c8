"""The right to publish to a topic."""

from aws_cdk import aws_sns as sns

from sagemaker_constructs.core.access.grants import Grants


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
