"""Tables from objects whose schema nobody has written down."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.acknowledgement import acknowledge
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import Problem, matches, no_more_than, one_of, reject
from sagemaker_constructs.core.schedules import ScheduleLike, schedule_text
from sagemaker_constructs.data.lake.lake_database import LakeDatabase
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects

SchemaChange = Literal["update", "ignore"]
_FOUND = "A crawler names tables after the folders that it finds."
_MOST_EXCLUSIONS = 100
_CATALOG = (
    "BatchCreatePartition",
    "BatchGetPartition",
    "CreatePartition",
    "CreateTable",
    "GetDatabase",
    "GetPartition",
    "GetPartitions",
    "GetTable",
    "GetTables",
    "UpdatePartition",
    "UpdateTable",
)


class Crawler(BaseConstruct):
    """Looks at objects below ``prefixes`` of ``bucket``, and writes a table for each kind of them into ``database``.

    Use it where the schema is unknown; where it is not, ``LakeTable`` costs nothing and cannot guess wrong. Each
    prefix gives one table, named ``table_prefix`` and its last folder, if its folders agree in their columns. Folders
    named ``key=value`` become partitions. ``exclusions`` are patterns of keys below the prefixes.

    It runs when it is started, and at the times of ``schedule``, a ``cron(…)`` in UTC. A table that is there is
    updated, unless ``schema_change`` is ``"ignore"``; nothing is deleted. It is billed by its running time, ten
    minutes at least. Its role may read those prefixes and write tables of the database.

    Provisions: one ``AWS::Glue::Crawler`` and its ``AWS::IAM::Role``.
    Raises ``InvalidInput`` without prefixes, and for schedules that Glue does not take.

    See https://docs.aws.amazon.com/glue/latest/dg/add-crawler.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        database: LakeDatabase,
        bucket: s3.IBucket,
        prefixes: Sequence[str],
        table_prefix: str = "",
        exclusions: Sequence[str] = (),
        schedule: "str | ScheduleLike | None" = None,
        schema_change: SchemaChange = "update",
        description: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        times = None if schedule is None else schedule_text(schedule)
        folders = [each.strip("/") for each in prefixes]
        reject(self, _problems(folders, table_prefix, exclusions, times, schema_change))
        facts, grants = bucket_facts(bucket), Grants()
        for each in folders:
            grant_read_objects(bucket, grants, f"{each}/*")
        grants.allow(
            *(f"glue:{action}" for action in _CATALOG),
            on=[self.location.arn("glue", "catalog"), database.arn, database.table_arn("*")],
            because=_FOUND,
        )
        grants.allow(
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            on=self.location.arn("logs", "log-group", separator=":", name="/aws-glue/crawlers*"),
            because="Glue names the log streams at run time.",
        )
        # Glue documents no condition keys that it sends when it assumes a role.
        role = service_role(self, service="glue.amazonaws.com", description=f"Crawls for {self.path}", grants=grants)
        self._resource = glue.CfnCrawler(
            self,
            "Resource",
            role=role.attr_arn,
            database_name=database.name,
            description=description,
            table_prefix=table_prefix or None,
            targets=_targets(facts.url, folders, exclusions),
            schedule={"scheduleExpression": times} if times else None,
            schema_change_policy={
                "updateBehavior": "UPDATE_IN_DATABASE" if schema_change == "update" else "LOG",
                "deleteBehavior": "LOG",
            },
        )

        acknowledge(
            self._resource,
            "AwsSolutions-GL1",
            reason="A crawler's log names folders and tables, and holds no rows; CloudWatch encrypts it.",
        )

    @property
    def name(self) -> str:
        """The crawler's name, which CloudFormation makes."""
        return self._resource.ref

    @property
    def arn(self) -> str:
        """The crawler's ARN."""
        return self.location.arn("glue", "crawler", name=self.name)

    def grant_start(self, role: iam.IRole) -> None:
        """Let ``role`` start the crawler, and see how it goes."""
        grants = Grants()
        grants.allow("glue:GetCrawler", "glue:StartCrawler", on=self.arn)
        give(role, grants)


def _targets(url: Any, folders: Sequence[str], exclusions: Sequence[str]) -> dict[str, Any]:
    excluded = {"exclusions": list(exclusions)} if exclusions else {}
    return {"s3Targets": [{"path": f"{url(each)}/", **excluded} for each in folders]}


def _problems(
    folders: Sequence[str], table_prefix: str, exclusions: Sequence[str], times: str | None, schema_change: str
) -> Iterator[Problem | None]:
    if not folders:
        yield Problem("prefixes", "must hold at least one folder")
    for index, each in enumerate(folders):
        if not each:
            yield Problem(
                f"prefixes[{index}]", "must name a folder: at the top of a bucket every object is looked at"
            )
    yield matches(
        "table_prefix", table_prefix, r"[a-z0-9_]{0,128}", "at most 128 lower-case letters, digits and underscores"
    )
    yield no_more_than("exclusions", exclusions, _MOST_EXCLUSIONS)
    yield one_of("schema_change", schema_change, get_args(SchemaChange))
    if times is not None:
        yield matches("schedule", times, r"cron\([^()]+\)", "cron(…), in UTC")
