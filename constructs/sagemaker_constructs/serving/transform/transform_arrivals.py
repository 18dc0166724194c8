"""A transform job for each new object."""

from collections.abc import Callable
from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.acknowledgement import (
    acknowledge_control,
    acknowledge_in_template,
    acknowledge_wildcard,
    default_child,
)
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.places import partition
from sagemaker_constructs.storage.object_access import tell_event_bridge


class TransformArrivals(BaseConstruct):
    """Runs a state machine for each object that arrives; make one with ``BatchTransform.on_new_data``.

    S3 tells EventBridge, a rule starts ``state_machine``, which waits for its job and fails with it. A bucket
    of the same app is told to send its events; any other has to do so already.

    A transform job reads every object whose key begins as that of the new one, such as ``rows.csv.gz`` beside
    ``rows.csv``. The state machine looks for such objects first, and fails rather than reading what it was not
    started for.

    Provisions: ``AWS::StepFunctions::StateMachine`` (traced, logged for one year), its role and log group, and
    ``AWS::Events::Rule`` with a role.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html and
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformS3DataSource.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket: s3.IBucket,
        prefix: str,
        state: Callable[[Construct], stepfunctions.CustomState],
        grant_run: Callable[[iam.IRole], None],
    ) -> None:
        """``state`` makes the task below a scope; ``grant_run`` gives a role the rights to carry it out."""
        super().__init__(scope, id)
        tell_event_bridge(bucket)
        log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_YEAR, removal_policy=RemovalPolicy.DESTROY
        )
        self.state_machine: stepfunctions.StateMachine = stepfunctions.StateMachine(
            self,
            "StateMachine",
            definition_body=stepfunctions.DefinitionBody.from_chainable(self._alone(bucket, state(self))),
            tracing_enabled=True,
            logs=stepfunctions.LogOptions(destination=log_group, level=stepfunctions.LogLevel.ALL),
        )
        grant_run(self.state_machine.role)
        listing = Grants()
        listing.allow("s3:ListBucket", on=bucket.bucket_arn, when={"StringLike": {"s3:prefix": f"{prefix}*"}})
        give(self.state_machine.role, listing)
        acknowledge_wildcard(
            self.state_machine.role, "*", reason="X-Ray and the delivery of logs know no resource to name here."
        )
        told = "The log holds names of objects and jobs, no data; the policies belong to this one state machine."
        acknowledge_control(self, "CloudWatchLogGroupEncrypted", "IAMNoInlinePolicy", reason=told)
        acknowledge_in_template(
            default_child(log_group), "CKV_AWS_158", "cloudwatch_log_group_encrypted_check", reason=told
        )
        self.rule: events.Rule = events.Rule(
            self,
            "Rule",
            description=f"New objects for {self.node.path}",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [bucket.bucket_name]},
                    # An empty object is a folder's marker, and there is nothing to transform in it.
                    "object": {"key": [{"prefix": prefix}], "size": [{"numeric": [">", 0]}]},
                },
            ),
        )
        self.rule.add_target(cast(events.IRuleTarget, targets.SfnStateMachine(self.state_machine)))

    def _alone(self, bucket: s3.IBucket, run: stepfunctions.CustomState) -> stepfunctions.IChainable:
        """``run``, where no other key begins with that of the new object."""
        look = stepfunctions.CustomState(
            self,
            "Look",
            state_json={
                "Type": "Task",
                "Resource": f"arn:{partition()}:states:::aws-sdk:s3:listObjectsV2",
                "Parameters": {"Bucket": bucket.bucket_name, "Prefix.$": "$.detail.object.key", "MaxKeys": 2},
                "ResultSelector": {"keys.$": "$.Contents[*].Key"},
                "ResultPath": "$.found",
            },
        )
        several = stepfunctions.Fail(
            self,
            "Several",
            error="SeveralObjects",
            cause="Other objects have keys that begin with that of the new one, and the job would read them too.",
        )
        more = stepfunctions.Condition.is_present("$.found.keys[1]")
        choice = (
            stepfunctions.Choice(self, "Alone").when(more, several).otherwise(cast(stepfunctions.IChainable, run))
        )
        return look.next(choice)
