"""What stops an application of Studio that nothing else stops."""

from collections.abc import Iterator, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import reject, seconds_between
from sagemaker_constructs.core.schedules import scheduler_role
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.workbench.studio_domain import StudioDomain

_NAMESPACE = "SageMakerConstructs/Studio"
_DAY = 24 * 3600


class StudioBackstop(BaseConstruct):
    """Deletes, once an hour, every application of ``domain`` that has run for longer than ``after``, used or not.

    SageMaker stops an idle JupyterLab only when no kernel and no terminal is open, one of an image before SageMaker
    Distribution 2.0 never, and applications other than JupyterLab and Code Editor not at all. It does not say when
    an application was last used: the time that it gives is also that of its own health checks. So ``after``, 2 hours
    to 30 days, is the time since the start; choose it longer than anybody lets a notebook compute. Files stay on the
    volume of the space; what is in memory is lost.

    With ``dry_run`` nothing is deleted, only counted. The metrics of each hour are ``LongRunningApplications``, what
    was found, and ``DeletedApplications``, in ``SageMakerConstructs/Studio`` by ``DomainId``.

    Provisions: an ``AWS::Scheduler::Schedule`` with its ``AWS::IAM::Role``, and an ``AWS::Lambda::Function`` with
    role and logs. It costs less than a cent a month, and the two metrics 0.60 USD.
    Raises ``InvalidInput`` for times out of range.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-idle-shutdown.html and
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeApp.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: StudioDomain,
        after: Duration | None = None,
        dry_run: bool = False,
    ) -> None:
        super().__init__(scope, id)
        longest = after or minutes(24 * 60)
        reject(self, [seconds_between("after", longest, 7200, 30 * _DAY)])
        self._domain_id = domain.domain_id
        self._function = LibraryFunction(
            self,
            "Function",
            code="studio_backstop",
            handler="handler.handler",
            description=f"Stops applications of Studio for {self.path}",
            timeout_seconds=300,
            run_time="It runs once an hour, and the next run does what one could not; it calls AWS's own API alone, "
            "and its environment names the domain.",
            environment={
                "DOMAIN": domain.domain_id,
                "SECONDS": str(seconds_of(longest)),
                "DELETES": "no" if dry_run else "yes",
            },
            grants=self._grants(domain, dry_run=dry_run),
        )
        calls = Grants()
        calls.allow("lambda:InvokeFunction", on=self._function.arn)
        role = scheduler_role(self, description=f"Looks at applications of Studio for {self.path}", grants=calls)
        scheduler.CfnSchedule(
            self,
            "Hourly",
            description=f"Looks at applications of Studio for {self.path}",
            schedule_expression="rate(1 hour)",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": self._function.arn,
                "roleArn": role.attr_arn,
                # The next hour looks again.
                "retryPolicy": {"maximumEventAgeInSeconds": 600, "maximumRetryAttempts": 3},
            },
        )

    @property
    def function_arn(self) -> str:
        """The function, to be called by whoever does not want to wait for the hour."""
        return self._function.arn

    def metric_long_running(self, period: Duration | None = None) -> cloudwatch.Metric:
        """Applications that had run for longer than ``after``; ``period`` defaults to one minute."""
        return self._measured("LongRunningApplications").metric(period)

    def metric_deleted(self, period: Duration | None = None) -> cloudwatch.Metric:
        """Applications that were deleted; ``period`` defaults to one minute."""
        return self._measured("DeletedApplications").metric(period)

    @property
    def watched_name(self) -> str:
        """The domain's identifier."""
        return self._domain_id

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``Alarms`` makes the one of ``alarm_rules``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """Something has run for too long: with ``dry_run``, it still does."""
        del thresholds
        found = [self._measured("LongRunningApplications")]
        yield AlarmRule("LongRunning", "applications that ran for too long", found, 1, minutes=1, breaching=1)

    def dashboard_sections(self) -> Iterator[Section]:
        """What was found, and what was deleted."""
        lines = [self._measured("LongRunningApplications"), self._measured("DeletedApplications")]
        yield Section(f"Studio {self._domain_id}", [[Graph("Applications that ran for too long", lines)]])

    def _measured(self, name: str) -> Measurement:
        return Measurement(Measured(name, "Maximum", _NAMESPACE), {"DomainId": self._domain_id})

    def _grants(self, domain: StudioDomain, *, dry_run: bool) -> Grants:
        grants = Grants()
        grants.allow("sagemaker:ListApps", on="*", because="Lists are not available for a single resource.")
        if not dry_run:
            grants.allow(
                "sagemaker:DeleteApp",
                on=self.location.arn("sagemaker", "app", name=f"{domain.domain_id}/*"),
                because="Applications have the names that people gave them, in this one domain.",
            )
        grants.allow(
            "cloudwatch:PutMetricData",
            on="*",
            when={"StringEquals": {"cloudwatch:namespace": _NAMESPACE}},
            because="cloudwatch:PutMetricData is not available for a single resource; it is limited by namespace.",
        )
        return grants
