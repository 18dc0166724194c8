"""One customer-managed key for everything that a platform stores."""

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.acknowledgement import default_child
from sagemaker_constructs.core.base_construct import adopt, location_of, singleton
from sagemaker_constructs.core.places import child_path
from sagemaker_constructs.storage.logical_ids import keep_logical_id


class EncryptionKey(kms.Key):
    """A symmetric KMS key with yearly rotation, retained when its stack goes.

    Access is a matter of the account's IAM policies: constructs that receive it grant their own roles
    what they need. Services that use the key in their own name are let in one by one, by the methods here.

    Provisions: one ``AWS::KMS::Key``. Cost: about 1 USD a month.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
    """

    def __init__(
        self, scope: Construct, id: str, *, removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
    ) -> None:
        super().__init__(
            scope,
            id,
            description=f"Encrypts the data of {child_path(scope, id)}",
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )
        adopt(self, scope, id)
        keep_logical_id(default_child(self), self, "Key", "Resource")

    if TYPE_CHECKING:
        # As ``kms.IKey`` names the argument, so that type checkers take this class where a key is wanted.
        def add_alias(self, alias: str) -> kms.Alias:  # pyright: ignore[reportIncompatibleMethodOverride]
            """Name the key."""
            ...

    @staticmethod
    def of(scope: Construct) -> kms.IKey:
        """The key of the stack around ``scope`` for whatever is given none, made when it is first asked for.

        It encrypts log groups too.
        """

        def make(stack: Construct, id: str) -> EncryptionKey:
            key = EncryptionKey(stack, id)
            key.grant_log_groups()
            return key

        return singleton(scope, "SageMakerKey", make)

    def grant_log_groups(self) -> None:
        """Let CloudWatch Logs of this account and region encrypt log groups with the key.

        See https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        """
        location = location_of(self)
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LogGroups",
                principals=[service_principal(f"logs.{location.region}.amazonaws.com")],
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
                            f"arn:{location.partition}:logs:{location.region}:{location.account}:*"
                        )
                    }
                },
            )
        )

    def grant_alarm_topics(self) -> None:
        """Let CloudWatch alarms of this account publish to SNS topics that the key encrypts.

        See https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        """
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmTopics",
                principals=[service_principal("cloudwatch.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],  # in a key policy: this key
                conditions={"StringEquals": {"aws:SourceAccount": location_of(self).account}},
            )
        )
