"""Topics by which objects come and labels go while a labeling job runs."""

from dataclasses import dataclass

from aws_cdk import aws_sns as sns

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.topic_access import grant_publish


@dataclass(frozen=True)
class LabelingStream:
    """A topic that tells of objects, ``arrivals``, and one that is told of each label, ``labels``.

    A message to ``arrivals`` is a line of a manifest, such as ``{"source-ref": "s3://…"}``, or S3's notification of a
    new object. Each is labeled once, however often it is told: it is known by the message's id, by the object and its
    sequencer for S3's, or by the member that ``dataset-objectid-attribute-name`` names. What more than
    ``LabelingPace.most_tasks`` wait for, waits in the queue ``GroundTruth-<job>`` for up to 14 days; the queue stays
    when the job is stopped. A message to ``labels`` is a line of the augmented manifest.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-streaming-labeling-job.html
    """

    arrivals: sns.ITopic
    labels: sns.ITopic | None = None

    def grant_follow(self, grants: Grants, queues: str) -> None:
        """What the role of a job does with the topics, and with ``queues`` that the job makes.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-permission-execution-role.html
        """
        grants.allow(
            "sqs:CreateQueue",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
            "sqs:SetQueueAttributes",
            on=queues,
            because="Ground Truth names the queue after the job, whose name its start decides.",
        )
        arrivals = self.arrivals.topic_arn
        when = {"StringEquals": {"sns:Protocol": "sqs"}, "StringLike": {"sns:Endpoint": queues}}
        grants.allow("sns:Subscribe", on=arrivals, when=when)
        grants.allow("sns:Unsubscribe", on=arrivals)
        if self.labels:
            grant_publish(self.labels, grants)
