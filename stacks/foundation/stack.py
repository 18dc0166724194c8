"""What lasts: the key, the buckets, the image repository, the network and the alarm topic."""

from typing import cast

from aws_cdk import CfnOutput, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.durations import days
from sagemaker_constructs.images.image_repository import ImageRepository
from sagemaker_constructs.network.imported_network import ImportedNetwork
from sagemaker_constructs.network.isolated_network import IsolatedNetwork
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.storage.access_log_bucket import AccessLogBucket
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from stacks.foundation.settings import FoundationSettings


class FoundationStack(Stack):
    """The ground that every other stack stands on. Its data is retained unless the settings say otherwise."""

    def __init__(
        self, scope: Construct, id: str, *, settings: FoundationSettings, stack_name: str, env: Environment
    ) -> None:
        super().__init__(
            scope,
            id,
            stack_name=stack_name,
            env=env,
            description="Key, buckets, image repository, network and alarm topic of the platform",
        )
        data = settings.data
        removal = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if data.retain else RemovalPolicy.DESTROY
        self.removal_policy: RemovalPolicy = removal
        encryption = EncryptionKey(self, "EncryptionKey", removal_policy=removal)
        encryption.grant_log_groups()
        encryption.grant_alarm_topics()
        self.key = cast(kms.IKey, encryption)

        logs = AccessLogBucket(self, "AccessLogs", expire_after=days(data.access_log_days), removal_policy=removal)

        def bucket(id: str, expire_after: Duration | None = None) -> EncryptedBucket:
            return EncryptedBucket(
                self,
                id,
                encryption_key=self.key,
                access_logs=logs,
                noncurrent_versions_for=days(data.noncurrent_version_days),
                expire_after=expire_after,
                removal_policy=removal,
            )

        self.data = cast(s3.IBucket, bucket("Data"))
        self.artifacts = cast(s3.IBucket, bucket("Artifacts"))
        self.captured = cast(s3.IBucket, bucket("Captured", days(data.capture_days)))
        self.repository = ImageRepository(self, "Images", encryption_key=self.key, removal_policy=removal)
        self.vpc_id: str | None = None
        self.placement = self._network(settings)
        self.alarms = cast(sns.ITopic, self._alarm_topic(settings.alarm_email))
        if settings.notifications:
            # Loads what only a platform with such settings needs.
            from stacks.foundation.notifications.notifications import add_notifications

            add_notifications(self, settings.notifications, topic=self.alarms, key=self.key)
        if settings.cost.monthly_usd is not None:
            # Loads what only a platform with a limit needs.
            from sagemaker_constructs.observability.monthly_budget import MonthlyBudget

            MonthlyBudget(
                self,
                "Budget",
                usd=settings.cost.monthly_usd,
                tags={"platform": settings.platform, "environment": settings.environment},
                topic=self.alarms,
                topic_key=self.key,
            )
        CfnOutput(self, "DataBucket", value=self.data.bucket_name)
        CfnOutput(self, "ArtifactsBucket", value=self.artifacts.bucket_name)

    def _network(self, settings: FoundationSettings) -> VpcPlacement | None:
        network = settings.network
        if network.mode == "isolated":
            isolated = IsolatedNetwork(
                self,
                "Network",
                encryption_key=self.key,
                cidr=network.cidr,
                availability_zones=network.availability_zones,
                zones=network.zones,
                services=network.services,
            )
            self.vpc_id = isolated.vpc_id
            return isolated.placement
        if network.mode == "imported":
            return ImportedNetwork(
                self,
                "Network",
                subnet_ids=network.subnet_ids,
                security_group_ids=network.security_group_ids,
                subnet_owner=network.subnet_owner,
            ).placement
        return None

    def _alarm_topic(self, email: str | None) -> sns.Topic:
        topic = sns.Topic(
            self, "Alarms", display_name="Alarms of the platform", master_key=self.key, enforce_ssl=True
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[service_principal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        if email:
            sns.Subscription(
                self,
                "AlarmEmail",
                topic=cast(sns.ITopic, topic),
                protocol=sns.SubscriptionProtocol.EMAIL,
                endpoint=email,
            )
        return topic
