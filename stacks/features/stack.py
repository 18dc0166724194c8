"""A feature group, and a queue of what it takes."""

from aws_cdk import CfnOutput, Duration, Stack
from constructs import Construct

from sagemaker_constructs.features.feature_group import FeatureGroup
from sagemaker_constructs.features.offline_store import OfflineStore
from sagemaker_constructs.features.online_store import OnlineStore
from sagemaker_constructs.features.stream_ingestion import StreamIngestion
from sagemaker_constructs.observability.alarms import Alarms
from stacks.features.settings import FeaturesSettings
from stacks.foundation.stack import FoundationStack


class FeaturesStack(Stack):
    """One group, retained like the platform's other data, with a queue that fills it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: FeaturesSettings,
        foundation: FoundationStack,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Features, online and in a table")
        days = settings.time_to_live_days
        lives = Duration.days(days) if days else None
        group = FeatureGroup(
            self,
            "Features",
            schema=settings.as_schema(),
            online=OnlineStore(time_to_live=lives, encryption_key=foundation.key) if settings.online else None,
            offline=OfflineStore(foundation.data, table_format=settings.table_format),
            removal_policy=foundation.removal_policy,
        )
        CfnOutput(self, "FeatureGroupName", value=group.name)
        if settings.queue:
            ingestion = StreamIngestion(self, "Ingestion", group=group, removal_policy=foundation.removal_policy)
            Alarms(self, "Alarms", watched=[ingestion], topic=foundation.alarms)
            CfnOutput(self, "FeatureQueueUrl", value=str(ingestion.queue_url))
            CfnOutput(self, "FeatureIngestionFunction", value=ingestion.function_arn)
