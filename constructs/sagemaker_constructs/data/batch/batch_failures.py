"""Messages about jobs of AWS Batch that have failed."""

from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.topic_access import tell_topic
from sagemaker_constructs.core.base_construct import BaseConstruct


class BatchFailures(BaseConstruct):
    """Tells a topic of each failed job of a queue, and of an array once; make one with ``BatchQueue.on_failure``.

    The message is Batch's event, which names the job, its exit code, its reason and the stream of its log.

    Provisions: one ``AWS::Events::Rule``, and an ``AWS::IAM::Role`` that may publish to the topic and use its key.

    See https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html
    """

    def __init__(self, scope: Construct, id: str, *, queue_arn: str, topic: sns.ITopic) -> None:
        super().__init__(scope, id)
        failed = {
            "status": ["FAILED"],
            "jobQueue": [queue_arn],
            "arrayProperties": {"index": [{"exists": False}]},
        }
        tell_topic(
            self,
            "Rule",
            topic=topic,
            description=f"Tells of failed jobs of {self.path}",
            pattern={"source": ["aws.batch"], "detail-type": ["Batch Job State Change"], "detail": failed},
        )
