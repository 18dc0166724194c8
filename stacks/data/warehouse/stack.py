"""A data warehouse, and the folders that it loads from and unloads to."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.data.warehouse.warehouse import Warehouse
from sagemaker_constructs.observability.alarms import Alarms
from stacks.data.warehouse.settings import WarehouseSettings
from stacks.foundation.stack import FoundationStack


class WarehouseStack(Stack):
    """A database in the platform's network, under its key, whose alarms reach the platform's topic."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: WarehouseSettings,
        foundation: FoundationStack,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="A data warehouse of Redshift Serverless")
        if foundation.placement is None:
            reject(self, [Problem("network", "must be there for a warehouse, got: none")])
            return
        warehouse = Warehouse(
            self,
            "Warehouse",
            placement=foundation.placement,
            base_capacity=settings.base_capacity,
            max_capacity=settings.max_capacity,
            enhanced_vpc_routing=settings.enhanced_vpc_routing,
            longest_query=minutes(settings.longest_query_minutes),
            longest_awake=minutes(settings.longest_awake_minutes),
            database=settings.database,
            encryption_key=foundation.key,
            snapshot_days=settings.snapshot_days,
            removal_policy=foundation.removal_policy,
        )
        for prefix in settings.copy_from:
            warehouse.copy_from(foundation.data, prefix)
        for prefix in settings.unload_to:
            warehouse.unload_to(foundation.data, prefix)
        Alarms(self, "Alarms", watched=[warehouse], topic=foundation.alarms)
        CfnOutput(self, "WarehouseName", value=warehouse.name)
        CfnOutput(self, "WarehouseDatabase", value=warehouse.database)
