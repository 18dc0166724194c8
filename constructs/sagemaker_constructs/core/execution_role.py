"""The role that SageMaker assumes to run a model or a job."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import acknowledge_control, acknowledge_wildcard
from sagemaker_constructs.core.service_principal import service_principal


class ExecutionRole(Construct):
    """A role that only SageMaker, acting for this account and region, can assume.

    It starts with nothing but the right to write its own log streams and metrics; everything else is added
    by the constructs that receive buckets, keys, images and networks. No managed policy is attached.

    Provisions: one ``AWS::IAM::Role`` and its inline policy.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """

    def __init__(self, scope: Construct, id: str, *, description: str, log_groups: Sequence[str]) -> None:
        """``log_groups``: name patterns of the log groups that the job kind writes to."""
        super().__init__(scope, id)
        stack = Stack.of(self)
        role = iam.Role(
            self,
            "Role",
            description=description,
            assumed_by=service_principal(
                "sagemaker.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:sagemaker:{stack.region}:{stack.account}:*"},
                },
            ),
        )
        self.role = cast(iam.IRole, role)
        streams = [
            stack.format_arn(
                service="logs",
                resource="log-group",
                resource_name=f"{name}:*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for name in log_groups
        ]
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:PutLogEvents",
                ],
                resources=streams,
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "aws/sagemaker/*"]}},
            )
        )
        acknowledge_wildcard(self.role, *streams, reason="SageMaker names the log streams at run time.")
        acknowledge_wildcard(
            self.role,
            "*",
            reason="cloudwatch:PutMetricData, limited by namespace here, and ecr:GetAuthorizationToken know "
            "no resource.",
        )
        acknowledge_control(
            self.role,
            "IAMNoInlinePolicy",
            reason="The policy is assembled for this one role, and lives and dies with it.",
        )
