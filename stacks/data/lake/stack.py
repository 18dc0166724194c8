"""Tables over the platform's objects, and where they are queried."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.data.lake.athena_workgroup import AthenaWorkgroup
from sagemaker_constructs.data.lake.crawler import Crawler
from sagemaker_constructs.data.lake.data_quality_rules import DataQualityRules
from sagemaker_constructs.data.lake.lake_database import LakeDatabase
from sagemaker_constructs.data.lake.lake_table import LakeTable
from sagemaker_constructs.data.lake.saved_query import SavedQuery
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.data.wrangling.data_wrangler_flow import DataWranglerFlow
from stacks.data.lake.settings import FlowSettings, LakeSettings, TableSettings
from stacks.foundation.stack import FoundationStack


class LakeStack(Stack):
    """One database with its tables, a work group whose results are in the bucket for data, and queries."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: LakeSettings,
        foundation: FoundationStack,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Tables in S3, and where they are queried")
        self._data = foundation.data
        self._key = foundation.key
        self._alarms = foundation.alarms
        self._database = LakeDatabase(self, "Database", removal_policy=foundation.removal_policy)
        group = AthenaWorkgroup(
            self,
            "Queries",
            bucket=foundation.data,
            scan_limit_gb=settings.scan_limit_gb,
            encryption_key=foundation.key,
        )
        evaluations = [self._table(name, table) for name, table in settings.tables.items()]
        for name, sql in settings.queries.items():
            SavedQuery(self, f"query-{name}", name=name, workgroup=group, database=self._database, sql=sql)
        CfnOutput(self, "LakeDatabaseName", value=self._database.name)
        CfnOutput(self, "WorkgroupName", value=group.name)
        if schedules := [each for each in evaluations if each]:
            CfnOutput(self, "QualitySchedules", value=",".join(schedules))
        if found := settings.crawler:
            crawler = Crawler(
                self,
                "Crawler",
                database=self._database,
                bucket=foundation.data,
                prefixes=found.prefixes,
                schedule=found.schedule,
            )
            CfnOutput(self, "CrawlerName", value=crawler.name)
        if settings.flows:
            schedules = [self._flow(name, flow) for name, flow in settings.flows.items()]
            CfnOutput(self, "FlowSchedules", value=",".join(schedules))

    def _flow(self, name: str, settings: FlowSettings) -> str:
        flow = DataWranglerFlow(
            self,
            f"flow-{name}",
            flow=settings.file,
            datasets={each: ProcessingInput(self._data, prefix) for each, prefix in settings.datasets.items()},
            output=ProcessingOutput(self._data, settings.output or f"prepared/{name}"),
            instance_type=settings.instance_type,
            node=settings.node,
            content_type=settings.content_type,
            engine=settings.engine,
            encryption_key=self._key,
            max_runtime=minutes(settings.max_runtime_minutes),
        )
        return flow.definition.schedule("Schedule", settings.schedule, timezone=settings.time_zone).schedule_name

    def _table(self, name: str, settings: TableSettings) -> str | None:
        """Make a table; returned is the schedule by which its rules are evaluated."""
        table = LakeTable(
            self,
            f"table-{name}",
            name=name,
            database=self._database,
            bucket=self._data,
            prefix=settings.prefix or f"lake/{name}",
            format=settings.format,
            columns=settings.columns,
            partitions={key: partition.option() for key, partition in settings.partitions.items()},
        )
        if not (asked := settings.quality):
            return None
        rules = DataQualityRules(self, f"quality-{name}", table=table, rules=asked.rules)
        rules.on_failure("Failed", topic=self._alarms)
        return rules.schedule("Schedule", asked.schedule, timezone=asked.time_zone).schedule_name
