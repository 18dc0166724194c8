"""What looks at captured requests, window by window."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.places import Location
from sagemaker_constructs.core.problems import Problem, seconds_between
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.monitoring.drift_alarms import FAILED_RUNS, LOST_ROWS, NAMESPACE, ROWS, RUNS
from sagemaker_constructs.monitoring.monitor_runs import MonitorRuns
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import AlarmRule
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
)

SOURCE = "sagemaker-constructs.monitoring"
HISTORY = "history"
LONGEST_NAME = 40
"""Names of jobs have 63 characters, and end with window and attempt."""
_HOURS = (1, 2, 3, 4, 6, 8, 12, 24)
_HOUR_SECONDS = 3600
_LONGEST_DELAY = 6 * _HOUR_SECONDS


class WindowedMonitor(BaseConstruct):
    """A job for each window of captured requests.

    Not made by itself: see ``DriftMonitor`` and ``ChallengerComparison``.
    """

    monitor_name: str
    definition: ProcessingDefinition
    reports: ProcessingOutput
    _runs: MonitorRuns
    _folder: str
    """Where reports lie in their bucket."""

    @property
    def watched_name(self) -> str:
        """The monitor's name."""
        return self.monitor_name

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """A run could not be started, or its report could not be told of."""
        del thresholds
        yield AlarmRule(
            "DeadLetters", "calls of the monitor that failed", [self._runs.failed], 1, minutes=1, breaching=1
        )

    def grant_run(self, role: iam.IRole) -> None:
        """Let ``role`` call ``function_arn`` with ``{"time": "2026-11-30T08:15:00Z"}``, or with ``{}`` for now.

        It starts what is due at that time, once, and answers with the names of the jobs.
        """
        give(role, self._runs.call_grants())

    def grant_read_reports(self, role: iam.IRole) -> None:
        """Let ``role`` read all reports of the monitor."""
        grants = Grants()
        grant_read_objects(self.reports.bucket, grants, f"{self._folder}/*")
        grants.allow("kms:Decrypt", on=key_arn(self.definition.encryption_key))
        give(role, grants)

    def run_on(self, id: str, pattern: Mapping[str, object]) -> events.CfnRule:
        """Look for windows that are due at each event that matches ``pattern``, beside those of the clock."""
        text = {"inputPathsMap": {"time": "$.time"}, "inputTemplate": '{"time":"<time>"}'}
        return self._runs.on_event(id, pattern, {"inputTransformer": text})

    def metric_runs(self) -> cloudwatch.Metric:
        """Runs that have ended with a report."""
        return self._of(RUNS).metric()

    def metric_failed_runs(self) -> cloudwatch.Metric:
        """1 for a run that has failed twice, 0 for one that ended."""
        return self._of(FAILED_RUNS).metric()

    def metric_rows(self) -> cloudwatch.Metric:
        """Rows of a window."""
        return self._of(ROWS).metric()

    def metric_lost_rows(self) -> cloudwatch.Metric:
        """Rows of a window that could not be read."""
        return self._of(LOST_ROWS).metric()

    def _of(self, measured: Measured, dimension: str = "", value: str = "") -> Measurement:
        more = {dimension: value} if dimension else {}
        return Measurement(measured, {"Monitor": self.monitor_name, **more})

    def _allow_job(self, more: ProcessingInput | None) -> None:
        """The job reads its lists of files, and what they name."""
        grants = Grants()
        if more:
            more.grant_read(grants)
        grant_read_objects(self.reports.bucket, grants, f"{self._folder}/*")
        self.definition.execution_role.allow(self, "Access", grants)

    def _run_grants(self, read: Sequence[ProcessingInput]) -> Grants:
        """What the function may do: list what is read, start jobs, read and write reports, and tell of them."""
        jobs = self.location.arn("sagemaker", "processing-job", name=f"{self.monitor_name}-*")
        grants = self.definition.start_grants(arn=jobs)
        grants.allow("sagemaker:DescribeProcessingJob", on=jobs, because="Runs are named after their windows.")
        for each in read:
            prefix = f"{each.prefix.strip('/')}/*"
            grants.allow(
                "s3:ListBucket", on=bucket_facts(each.bucket).arn, when={"StringLike": {"s3:prefix": [prefix]}}
            )
        grant_read_objects(self.reports.bucket, grants, f"{self._folder}/*")
        grant_write_objects(self.reports.bucket, grants, f"{self._folder}/*")
        grants.allow("kms:Decrypt", on=key_arn(self.definition.encryption_key))
        telling_grants(grants, self.location)
        return grants


def telling_grants(grants: Grants, location: Location) -> None:
    """Allow publishing a monitor's metrics, and telling EventBridge of its runs."""
    grants.allow(
        "cloudwatch:PutMetricData",
        on="*",
        when={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        because="cloudwatch:PutMetricData is not available for a single resource; it is limited by namespace.",
    )
    grants.allow(
        "events:PutEvents",
        on=location.arn("events", "event-bus", name="default"),
        when={"StringEquals": {"events:source": SOURCE}},
    )


def hours_of(window: Duration) -> int:
    """How many hours a window has."""
    return seconds_of(window) // _HOUR_SECONDS


def window_times(window: Duration, wait: Duration) -> str:
    """The cron expression of the moments ``wait`` after the ends of windows."""
    hours, minutes = hours_of(window), seconds_of(wait) // 60
    first = minutes // 60 % hours
    every = {1: "*", 24: str(first)}.get(hours, f"{first}/{hours}")
    return f"cron({minutes % 60} {every} * * ? *)"


def window_problems(window: Duration, wait: Duration) -> Iterator[Problem | None]:
    """Rules: a window is part of a day, and looked at soon after its end."""
    if not is_part_of_a_day(window):
        allowed = ", ".join(str(each) for each in _HOURS)
        yield Problem("every", f"must be one of {allowed} hours, got: {seconds_of(window) / _HOUR_SECONDS:g} hours")
    yield seconds_between("delay", wait, 60, _LONGEST_DELAY)
    if seconds_of(wait) % 60:
        yield Problem("delay", f"must be whole minutes, got: {seconds_of(wait)} s")


def is_part_of_a_day(window: Duration) -> bool:
    """Whether a window is of a length that there is."""
    return seconds_of(window) in [each * _HOUR_SECONDS for each in _HOURS]
