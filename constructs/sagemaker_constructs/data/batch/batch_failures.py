"""Messages about jobs of AWS Batch that have failed."""

from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.access.topic_access import grant_publish
from sagemaker_constructs.core.base_construct import BaseConstruct


class BatchFailures(BaseConstruct):
    """Tells a topic of each failed job of a queue, and of an array once; make one with ``BatchQueue.on_failure``.

    The message is Batch's event, which names the job, its exit code, its reason and the stream of its log.

    Provisions: one ``AWS::Events::Rule``, and an ``AWS::IAM::Role`` that may publish to the topic and use its key.

    See https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html
    """

    def __init__(self, scope: Construct, id: str, *, queue_arn: str, topic: sns.ITopic) -> None:
        super().__init__(scope, id)
        grants = Grants()
        grant_publish(topic, grants)
        role = service_role(
            self,
            service="events.amazonaws.com",
            description=f"Tells of failed jobs of {self.path}",
            grants=grants,
            conditions={"StringEquals": {"aws:SourceAccount": self.location.account}},
        )
        failed = {
            "status": ["FAILED"],
            "jobQueue": [queue_arn],
            "arrayProperties": {"index": [{"exists": False}]},
        }
        events.CfnRule(
            self,
            "Rule",
            description=f"Failed jobs of {self.path}",
            event_pattern={"source": ["aws.batch"], "detail-type": ["Batch Job State Change"], "detail": failed},
            targets=[{"id": "Topic", "arn": topic.topic_arn, "roleArn": role.attr_arn}],
        )
