"""Rules that the rows of a table have to keep."""

from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.access.topic_access import tell_topic
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.names import physical_name, short_hash
from sagemaker_constructs.core.places import partition, path_of
from sagemaker_constructs.core.problems import Problem, in_range, one_of, reject, seconds_between
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.core.rules.data.quality_language import (
    RULE_TYPES,
    QualitySyntaxError,
    parse_rule,
    single_rules,
)
from sagemaker_constructs.core.schedules import ScheduleLike
from sagemaker_constructs.data.lake.lake_table import LakeTable
from sagemaker_constructs.jobs.job_schedule import JobSchedule
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule

_LEAST_WORKERS, _MOST_WORKERS = 2, 100
_LONGEST_SECONDS = 48 * 3600


class DataQualityRules(BaseConstruct):
    """Rules of DQDL, the language of Glue Data Quality, that the rows of ``table`` have to keep.

    ``rules`` are written as ``'IsComplete "customer"'`` or ``'ColumnValues "amount" >= 0'``, one each; their columns
    are those of the table. Nothing is evaluated until ``schedule`` says so, or somebody with ``grant_evaluate`` calls
    StartDataQualityRulesetEvaluationRun with ``request``, such as the state behind a load. ``on_failure`` tells a
    topic of evaluations in which a rule has failed; ``Alarms`` and ``Dashboard`` take the rules, too.

    An evaluation is billed by the time of its ``workers``, of 4 vCPU each, and ends after ``timeout``, an hour by
    default. It runs as ``role``, which may read the table.

    Provisions: one ``AWS::Glue::DataQualityRuleset``, and an ``AWS::IAM::Role``.
    Raises ``InvalidInput`` for what is no DQDL, rules that Glue does not have or that compare with earlier results,
    and columns that the table does not have.

    See https://docs.aws.amazon.com/glue/latest/dg/dqdl.html and
    https://docs.aws.amazon.com/glue/latest/dg/data-quality-authorization.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: LakeTable,
        rules: Sequence[str],
        workers: int = 2,
        timeout: Duration | None = None,
        description: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        longest = timeout or minutes(60)
        text = f"Rules = [ {', '.join(rules)} ]"
        reject(self, [*syntax_problems(rules)])
        reject(
            self,
            [
                *request_problems("CreateDataQualityRuleset", {"Ruleset": text}, {"Ruleset": "rules"}),
                *column_problems(rules, table.columns),
                in_range("workers", workers, _LEAST_WORKERS, _MOST_WORKERS),
                seconds_between("timeout", longest, 60, _LONGEST_SECONDS),
            ],
        )
        self.table: LakeTable = table
        # It has to have a name, and another table makes another one.
        self._own_name = f"{physical_name(self, 200)}-{short_hash(f'{path_of(table.database)}/{table.name}')}"
        self._resource = glue.CfnDataQualityRuleset(
            self,
            "Resource",
            name=self._own_name,
            ruleset=text,
            description=description,
            target_table={"databaseName": table.database.name, "tableName": table.name},
        )
        # Glue looks for the table.
        depend(self._resource, table)
        self._role_resource = self._made_role()
        self._role: iam.IRole | None = None
        # A whole number of minutes, of which a part would be one more.
        self._minutes = -(-seconds_of(longest) // 60)
        self._workers = workers

    @property
    def name(self) -> str:
        """The ruleset's name, which exists once the ruleset does."""
        return self._resource.ref

    @property
    def arn(self) -> str:
        """The ruleset's ARN."""
        return self.location.arn("glue", "dataQualityRuleset", name=self._own_name)

    @property
    def role(self) -> iam.IRole:
        """The role that evaluations run as."""
        if self._role is None:
            self._role = iam.Role.from_role_name(self, "Reference", self._role_resource.ref)
        return self._role

    @property
    def request(self) -> dict[str, object]:
        """The request of StartDataQualityRulesetEvaluationRun."""
        source = {"GlueTable": {"DatabaseName": self.table.database.name, "TableName": self.table.name}}
        return {
            "DataSource": source,
            "Role": self._role_resource.attr_arn,
            "RulesetNames": [self.name],
            "NumberOfWorkers": self._workers,
            "Timeout": self._minutes,
            "AdditionalRunOptions": {"CloudWatchMetricsEnabled": True},
        }

    def schedule(self, id: str, schedule: str | ScheduleLike, *, timezone: str = "UTC") -> JobSchedule:
        """Evaluate the rules at the times of ``schedule``, such as ``cron(0 5 * * ? *)``, after the table is loaded.

        See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
        """
        return JobSchedule(
            self,
            id,
            call="glue:startDataQualityRulesetEvaluationRun",
            words="evaluation of data quality",
            schedule=schedule,
            timezone=timezone,
            request=self.request,
            grants=self._start_grants(),
        )

    def grant_evaluate(self, role: iam.IRole) -> None:
        """Let ``role`` start evaluations, and see how they end."""
        grants = self._start_grants()
        grants.allow("glue:GetDataQualityRulesetEvaluationRun", on=self.arn)
        grants.allow(
            "glue:GetDataQualityResult",
            on=self.location.arn("glue", "dataQualityRuleset", name="*"),
            because="A result is no resource of its own, and Glue looks for the right on all rulesets.",
        )
        give(role, grants)

    def on_failure(self, id: str, *, topic: sns.ITopic) -> events.CfnRule:
        """Tell ``topic`` of each evaluation in which a rule has failed; the message has the score and the counts.

        See https://docs.aws.amazon.com/glue/latest/dg/data-quality-alerts.html
        """
        failed: dict[str, Any] = {"rulesetNames": [self.name], "rulesFailed": [{"numeric": [">", 0]}]}
        return tell_topic(
            self,
            id,
            topic=topic,
            description=f"Tells of rules that {self.path} did not keep",
            pattern={
                "source": ["aws.glue-dataquality"],
                "detail-type": ["Data Quality Evaluation Results Available"],
                "detail": failed,
            },
        )

    @property
    def watched_name(self) -> str:
        """The table, with its database."""
        return f"{self.table.database.name}.{self.table.name}"

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``Alarms`` makes that of ``alarm_rules``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """A rule was not kept.

        See https://docs.aws.amazon.com/glue/latest/dg/data-quality-alerts.html
        """
        del thresholds
        yield AlarmRule("FailedRules", "rules that rows did not keep", [self._measured("failed")], 1, minutes=1)

    def dashboard_sections(self) -> Iterator[Section]:
        """Rules that were kept, and that were not."""
        graph = Graph("Rules", [self._measured("passed"), self._measured("failed")])
        yield Section(f"Data quality of {self.table.name}", [[graph]])

    def _measured(self, result: str) -> Measurement:
        """How many rules have ``passed`` or ``failed``; Glue sends it once an evaluation has ended."""
        names = {
            "CatalogId": self.location.account,
            "Database": self.table.database.name,
            "Ruleset": self._own_name,
            "Table": self.table.name,
        }
        return Measurement(Measured(f"glue.data.quality.rules.{result}", "Sum", "Glue Data Quality"), names)

    def _start_grants(self) -> Grants:
        grants = Grants()
        grants.allow("glue:StartDataQualityRulesetEvaluationRun", on=self.arn)
        grants.allow(
            "iam:PassRole",
            on=self._role_resource.attr_arn,
            when={"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}},
        )
        return grants

    def _made_role(self) -> iam.CfnRole:
        grants = self.table.read_grants()
        grants.allow(
            "glue:GetDataQualityRuleset",
            "glue:GetDataQualityRulesetEvaluationRun",
            "glue:PublishDataQuality",
            on=self.arn,
        )
        grants.allow(
            "s3:GetObject",
            on=f"arn:{partition()}:s3:::aws-glue-ml-data-quality-assets-{self.location.region}/*",
            because="Glue's own libraries for evaluations, in a bucket of AWS.",
        )
        grants.allow(
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            on=self.location.arn("logs", "log-group", separator=":", name="/aws-glue/data-quality/*"),
            because="Glue names the log streams at run time.",
        )
        grants.allow(
            "cloudwatch:PutMetricData",
            on="*",
            when={"StringEquals": {"cloudwatch:namespace": "Glue Data Quality"}},
            because="cloudwatch:PutMetricData is not available for a single resource; it is limited by namespace.",
        )
        # Glue documents no condition keys that it sends when it assumes a role.
        return service_role(
            self, service="glue.amazonaws.com", description=f"Evaluates the rules of {self.path}", grants=grants
        )


def syntax_problems(rules: Sequence[str]) -> Iterator[Problem | None]:
    """What is no rule of DQDL."""
    if not rules:
        yield Problem("rules", "must hold at least one rule")
    for index, text in enumerate(rules):
        try:
            found = parse_rule(text)
        except QualitySyntaxError as error:
            yield Problem(f"rules[{index}]", f"must be a rule of DQDL: {error}")
            continue
        for each in single_rules([found]):
            yield one_of(f"rules[{index}]", each.type, RULE_TYPES)


def column_problems(rules: Sequence[str], columns: Sequence[str]) -> Iterator[Problem | None]:
    """Columns of ``rules``, which are rules of DQDL, that a table does not have."""
    for index, text in enumerate(rules):
        for each in single_rules([parse_rule(text)]):
            kind = RULE_TYPES[each.type]
            for column in each.parameters if kind.columns == "all" else ():
                yield one_of(f"rules[{index}]", column, columns)
