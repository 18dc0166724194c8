"""One customer-managed key for everything that a platform stores."""

from typing import cast

from aws_cdk import Aws, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.service_principal import service_principal


class EncryptionKey(Construct):
    """A symmetric KMS key with yearly rotation, retained when its stack goes.

    Access is a matter of the account's IAM policies: constructs that receive ``key`` grant their own roles
    what they need. Services that use the key in their own name are let in one by one, by the methods here.

    Provisions: one ``AWS::KMS::Key``. Cost: about 1 USD a month.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
    """

    def __init__(self, scope: Construct, id: str, *, removal_policy: RemovalPolicy = RemovalPolicy.RETAIN) -> None:
        super().__init__(scope, id)
        key = kms.Key(
            self,
            "Key",
            description=f"Encrypts the data of {self.node.path}",
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )
        self.key = cast(kms.IKey, key)
        # Only AWS services, acting for someone who may, create grants: for volumes, for one.
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="GrantsForServicesOnly",
                effect=iam.Effect.DENY,
                principals=[cast(iam.IPrincipal, iam.AnyPrincipal())],
                actions=["kms:CreateGrant"],
                resources=["*"],  # in a key policy: this key
                conditions={
                    "BoolIfExists": {"kms:GrantIsForAWSResource": "false", "aws:PrincipalIsAWSService": "false"}
                },
            )
        )

    def grant_log_groups(self) -> None:
        """Let CloudWatch Logs of this account and region encrypt log groups with the key.

        See https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        """
        stack = Stack.of(self)
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LogGroups",
                principals=[service_principal(f"logs.{stack.region}.amazonaws.com")],
                actions=[
                    "kms:Encrypt*",
                    "kms:Decrypt*",
                    "kms:ReEncrypt*",
                    "kms:GenerateDataKey*",
                    "kms:Describe*",
                ],
                resources=["*"],  # in a key policy: this key
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": (
                            f"arn:{Aws.PARTITION}:logs:{stack.region}:{stack.account}:*"
                        )
                    }
                },
            )
        )

    def grant_alarm_topics(self) -> None:
        """Let CloudWatch alarms of this account publish to SNS topics that the key encrypts.

        See https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        """
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmTopics",
                principals=[service_principal("cloudwatch.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],  # in a key policy: this key
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
