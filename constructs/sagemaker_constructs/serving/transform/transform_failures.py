"""Messages about transform jobs that have failed."""

from typing import cast

from aws_cdk import Aws
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.acknowledgement import acknowledge_control, acknowledge_topic_key
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.models.model import Model


class TransformFailures(BaseConstruct):
    """Tells a topic of each failed transform job of a model; make one with ``BatchTransform.on_failure``.

    The message is SageMaker's event, which names the job and says its ``FailureReason``.

    Provisions: ``AWS::Events::Rule`` with a role that may publish to the topic, and use its key.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """

    def __init__(self, scope: Construct, id: str, *, model: Model, topic: sns.ITopic) -> None:
        super().__init__(scope, id)
        role = iam.Role(
            self,
            "Role",
            description="Tells of failed transform jobs",
            assumed_by=service_principal(
                "events.amazonaws.com", {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
        )
        self.rule: events.Rule = events.Rule(
            self,
            "Rule",
            description=f"Failed jobs of {model.node.path}",
            event_pattern=events.EventPattern(
                source=["aws.sagemaker"],
                detail_type=["SageMaker Transform Job State Change"],
                detail={"TransformJobStatus": ["Failed"], "ModelName": [model.model_name]},
            ),
        )
        target = targets.SnsTopic(topic, authorize_using_role=True, role=cast(iam.IRole, role))
        self.rule.add_target(cast(events.IRuleTarget, target))
        acknowledge_control(role, "IAMNoInlinePolicy", reason="The policy is assembled for this one role.")
        if topic.master_key:
            acknowledge_topic_key(role)
