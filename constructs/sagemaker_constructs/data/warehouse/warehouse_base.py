"""What every warehouse answers to, whether this app owns it or another one does."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.problems import reject, seconds_between
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule

_ON_WORKGROUPS = (
    "BatchExecuteStatement",
    "DescribeTable",
    "ExecuteStatement",
    "ListDatabases",
    "ListSchemas",
    "ListTables",
)
_ON_STATEMENTS = ("CancelStatement", "DescribeStatement", "GetStatementResult", "ListStatements")


class WarehouseBase(BaseConstruct):
    """Grants, alarms and graphs of a workgroup of Redshift Serverless.

    See https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-monitoring.html
    """

    def __init__(self, scope: Construct, id: str, *, longest_awake: Duration | None) -> None:
        super().__init__(scope, id)
        awake = longest_awake or minutes(240)
        reject(self, [seconds_between("longest_awake", awake, 60, 86_400)])
        self._awake_minutes = seconds_of(awake) // 60

    @property
    @abstractmethod
    def name(self) -> str:
        """The name of the workgroup."""

    @property
    @abstractmethod
    def arn(self) -> str:
        """The workgroup's ARN."""

    @property
    @abstractmethod
    def namespace_name(self) -> str:
        """The name of the namespace."""

    def grant_query(self, role: iam.IRole) -> None:
        """Let ``role`` run statements by the Data API, as a user of the database that has no rights at first.

        The user is called ``IAMR:`` and the role's name; its rights are a matter of ``GRANT``. It sees, and cancels,
        its own statements only.

        See https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-iam.html
        """
        grants = Grants()
        grants.allow(*(f"redshift-data:{each}" for each in _ON_WORKGROUPS), on=self.arn)
        grants.allow("redshift-serverless:GetCredentials", on=self.arn)
        grants.allow(
            *(f"redshift-data:{each}" for each in _ON_STATEMENTS),
            on="*",
            when={"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}},
            because="Statements are no resources of IAM; the condition limits the rights to the caller's own.",
        )
        give(role, grants)

    @property
    def watched_name(self) -> str:
        """The path of the construct."""
        return self.path

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``alarm_rules`` has them all."""
        return []

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """Queries fail, and it is awake for too long."""
        yield AlarmRule("FailedQueries", "failed queries", [self._of_workgroup("QueriesFailed")], thresholds.errors)
        awake = self._awake_minutes
        working = [self._of_workgroup("ComputeSeconds")]
        yield AlarmRule("Awake", "RPU-seconds", working, 1, minutes=awake, breaching=awake)

    def dashboard_sections(self) -> Iterator[Section]:
        """What it bills, and how queries fare."""
        stored = Measurement(
            Measured("DataStorage", "Average", "AWS/Redshift-Serverless"), {"Namespace": self.namespace_name}
        )
        yield Section(
            f"Warehouse {self.watched_name}",
            [
                [
                    Graph("RPU-seconds", [self._of_workgroup("ComputeSeconds")]),
                    Graph("RPUs", [self._of_workgroup("ComputeCapacity").with_statistic("Maximum")]),
                    Graph("Megabytes stored", [stored]),
                ],
                [Graph("Queries", [self._of_workgroup(each) for each in ("QueriesSucceeded", "QueriesFailed")])],
            ],
        )

    def _of_workgroup(self, metric: str) -> Measurement:
        return Measurement(Measured(metric, "Sum", "AWS/Redshift-Serverless"), {"Workgroup": self.name})
