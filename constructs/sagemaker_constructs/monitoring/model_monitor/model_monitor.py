"""SageMaker Model Monitor on an endpoint or on transform jobs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from aws_cdk import Annotations, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.access.topic_access import tell_topic
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, matches, reject, within
from sagemaker_constructs.core.templates.closed_services import closed_service
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.jobs.job_instances import JobInstances
from sagemaker_constructs.monitoring.drift_alarms import DRIFTED, FAILED_RUNS, ROWS, RUNS, Runbook
from sagemaker_constructs.monitoring.drift_monitor import ENDED, FAILED
from sagemaker_constructs.monitoring.model_monitor.monitored_input import MonitoredInput
from sagemaker_constructs.monitoring.model_monitor.monitoring_check import MonitoringCheck
from sagemaker_constructs.monitoring.model_monitor.monitoring_schedules import MonitoringJobs, MonitoringSchedules
from sagemaker_constructs.monitoring.model_monitor.violation_alarms import ViolationAlarms
from sagemaker_constructs.monitoring.monitor_runs import MonitorRuns
from sagemaker_constructs.monitoring.windowed_monitor import SOURCE, telling_grants
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
)

CLOSED = closed_service("Model Monitor").words
_LONGEST_NAME = 40
_KEY = r"[a-z0-9](-?[a-z0-9]){0,11}"
"""Names have 63 characters: the monitor's, the check's and, of definitions, eight of their contents."""
_JOBS = ("model-", "data-quality-", "groundtruth-merge-")
"""What Model Monitor's own names of jobs begin with. What is called otherwise is seen at the next hour."""
_FUNCTION_TIMES = "cron(50 * * * ? *)"
"""Executions start up to 20 minutes after the hour."""
EventKind = Literal["drifted", "severe", "ended", "failed"]


class ModelMonitor(BaseConstruct):
    """Has Model Monitor look at what ``watched`` captures: a schedule for each of ``checks``.

    For accounts that used Model Monitor before it was closed to new customers; a ``DriftMonitor`` does without it.
    Each of ``checks``, by a short name, says what is compared, with which baseline and when. Executions leave their
    reports below ``<reports prefix>/<monitor>``, where ``monitor`` is ``monitor_name``.

    ``image`` defaults to AWS's own of each check; another one, such as ``ModelImage.from_library("monitor")``, keeps
    the contract of monitoring containers. ``metrics`` publishes Model Monitor's metrics of each feature, which are
    billed as custom metrics. ``max_runtime`` defaults to what AWS allows, at most an hour.

    The container runs in network isolation, where it need not ask a model; traffic between several instances is
    encrypted, and so are reports and volumes, with ``encryption_key`` (default: the stack's own ``EncryptionKey``).
    It runs as ``role`` (default: a new one, which can pull the images, read what is watched and compared, and write
    reports).

    Names of schedules stay the same. Definitions of jobs cannot be changed, only replaced: their names end with a
    hash of what they say, and a schedule goes on with the new one.

    A function of its own looks at executions when they end, and each hour: it publishes metrics and sends events,
    both as a ``DriftMonitor`` does, so that alarms, dashboards and a ``DriftTrigger`` take either. Events are those
    of ``event_pattern``; ``alarms`` are listed at ``ViolationAlarms``, and ``Alarms(watched=[monitor], …)`` sends
    them to a topic. Their texts lead to ``runbook``. An execution that finds nothing captured fails in Model Monitor;
    here it is "no traffic", and no fault.

    Provisions: for each check an ``AWS::SageMaker::…JobDefinition``, an ``AWS::SageMaker::MonitoringSchedule`` and
    its alarms, a function with role and logs, an ``AWS::Scheduler::Schedule`` and its role, an ``AWS::Events::Rule``,
    an ``AWS::SQS::Queue`` for what failed, an ``AWS::IAM::Role`` unless ``role`` is given, and a
    ``Custom::SageMakerModelMonitor``, which begins to count.
    Warns as ``sagemaker-constructs:closed-service``.
    Raises ``InvalidInput`` for times that Model Monitor does not support, jobs that would last longer than the time
    between two of them, configurations that Clarify does not allow, and scripts without the function that is called.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        watched: MonitoredInput,
        checks: Mapping[str, MonitoringCheck],
        reports: ProcessingOutput,
        image: ModelImage | None = None,
        instance_type: str = "ml.m5.xlarge",
        instance_count: int = 1,
        volume_gib: int = 30,
        placement: VpcPlacement | None = None,
        network_isolation: bool = True,
        metrics: bool = True,
        max_runtime: Duration | None = None,
        encryption_key: kms.IKey | None = None,
        role: iam.IRole | None = None,
        runbook: str = "docs/drift-runbook.md",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.watched: MonitoredInput = watched
        self.checks: Mapping[str, MonitoringCheck] = dict(checks)
        self.reports: ProcessingOutput = reports
        self.monitor_name: str = physical_name(self, _LONGEST_NAME)
        self.encryption_key: kms.IKey = encryption_key or EncryptionKey.of(self)
        self._folder = f"{reports.prefix.strip('/')}/{self.monitor_name}"
        jobs = MonitoringJobs(
            image=image,
            instances=JobInstances(instance_type, instance_count, volume_gib, placement),
            isolated=network_isolation,
            metrics=metrics,
            max_runtime=max_runtime,
            key=self.encryption_key,
            tags=tags or {},
        )
        reject(self, [*jobs.problems(), *self._problems(own_image=image is not None)])
        self.schedules: MonitoringSchedules = MonitoringSchedules(
            self,
            "Schedules",
            monitor=self.monitor_name,
            watched=watched,
            checks=self.checks,
            reports=ProcessingOutput(reports.bucket, self._folder),
            jobs=jobs,
            role=role,
            place=self.path,
        )
        self._runs = MonitorRuns(
            self,
            "Executions",
            name=self.monitor_name,
            about=self.path,
            environment=self._environment(),
            grants=self._function_grants(),
            jobs=_JOBS,
            handler="executions_handler",
            type="Custom::SageMakerModelMonitor",
        )
        self._runs.at("Look", _FUNCTION_TIMES)
        self.function_arn: str = self._runs.function_arn
        subject = watched.endpoint_name or self.monitor_name
        self.violation_alarms: Mapping[str, ViolationAlarms] = {
            name: ViolationAlarms(
                self,
                f"{name}Alarms",
                schedule=self.schedule_name(name),
                about=f"{check.words} of {subject}",
                hours=check.when.hours,
                runbook=Runbook(runbook),
            )
            for name, check in self.checks.items()
        }
        Annotations.of(self).add_warning_v2("sagemaker-constructs:closed-service", f"{self.path}: {CLOSED}")

    @property
    def role(self) -> iam.IRole:
        """What the jobs run as."""
        return self.schedules.execution_role.role

    @property
    def watched_name(self) -> str:
        """The monitor's name."""
        return self.monitor_name

    @property
    def alarms(self) -> Sequence[Alarm]:
        """Those of ``ViolationAlarms`` that somebody is told of."""
        return [alarm for each in self.violation_alarms.values() for alarm in each.told]

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """An execution could not be told of."""
        del thresholds
        yield AlarmRule(
            "DeadLetters", "calls of the monitor that failed", [self._runs.failed], 1, minutes=1, breaching=1
        )

    def dashboard_sections(self) -> Iterator[Section]:
        """What is violated, how executions end, and the metrics of each check that ``graphs`` names."""
        for name, check in self.checks.items():
            rows = [
                [
                    Graph("What is violated", [self.measurement(DRIFTED, name)]),
                    Graph("Executions", [self.measurement(RUNS, name), self.measurement(FAILED_RUNS, name)]),
                ],
                *(
                    [[Graph("Measured", [self._measured(name, each) for each in check.graphs])]]
                    if check.graphs
                    else []
                ),
            ]
            yield Section(f"Model Monitor: {check.words} of {self.watched.endpoint_name or self.monitor_name}", rows)

    def schedule_name(self, check: str) -> str:
        """The name of the schedule of a check, which its metrics have as ``MonitoringSchedule``."""
        return self.schedules.schedule_name(check)

    def measurement(self, measured: Measured, check: str) -> Measurement:
        """A metric of what came of a check's executions, for alarms and dashboards."""
        return Measurement(measured, {"Monitor": self.schedule_name(check)})

    def metric_violations(self, check: str) -> cloudwatch.Metric:
        """Features, metrics or labels of the last execution with violations."""
        return self.measurement(DRIFTED, check).metric()

    def metric_executions(self, check: str) -> cloudwatch.Metric:
        """Executions that have ended, and found nothing captured or have compared."""
        return self.measurement(RUNS, check).metric()

    def metric_failed_executions(self, check: str) -> cloudwatch.Metric:
        """1 for an execution that has failed, 0 for one that ended."""
        return self.measurement(FAILED_RUNS, check).metric()

    def metric_rows(self, check: str) -> cloudwatch.Metric:
        """Rows of an execution; only statistics of data quality count them."""
        return self.measurement(ROWS, check).metric()

    def metric(self, check: str, name: str, dimensions: Mapping[str, str] | None = None) -> cloudwatch.Metric:
        """A metric of Model Monitor itself, such as ``feature_baseline_drift_age``, ``auc`` or ``bias_metric_CI``.

        Metrics of bias and of attributions have more ``dimensions``, such as ``Facet``.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html
        """
        return self._measured(name=name, check=check, dimensions=dimensions).metric()

    def grant_read_reports(self, role: iam.IRole) -> None:
        """Let ``role`` read all reports of the monitor."""
        grants = Grants()
        grant_read_objects(self.reports.bucket, grants, f"{self._folder}/*")
        grants.allow("kms:Decrypt", on=key_arn(self.encryption_key))
        give(role, grants)

    def event_pattern(self, kind: EventKind, check: str | None = None) -> Mapping[str, object]:
        """The pattern of the monitor's events on the account's default bus, of one check or of all.

        They have the fields of a ``DriftMonitor``'s, whose page lists them; ``monitor`` is the name of the schedule.
        ``drifted`` are executions with violations, ``ended`` those with a report, ``failed`` those that have failed.
        Model Monitor has no severities, so that there are no events for ``severe``.
        """
        names = [self.schedule_name(each) for each in ([check] if check else self.checks)]
        detail: dict[str, object] = {"monitor": names}
        if kind == "drifted":
            detail["confirmed_count"] = [{"numeric": [">", 0]}]
        if kind == "severe":
            detail["severity"] = ["critical"]
        return {"source": [SOURCE], "detail-type": [FAILED if kind == "failed" else ENDED], "detail": detail}

    def on_violation(self, id: str, *, topic: sns.ITopic) -> events.CfnRule:
        """Tell ``topic`` of each execution with violations."""
        told = f"Tells of executions of {self.path}"
        return tell_topic(self, id, topic=topic, description=told, pattern=self.event_pattern("drifted"))

    def _measured(self, check: str, name: str, dimensions: Mapping[str, str] | None = None) -> Measurement:
        endpoint = {"Endpoint": self.watched.endpoint_name} if self.watched.endpoint_name else {}
        own = {**endpoint, "MonitoringSchedule": self.schedule_name(check), **(dimensions or {})}
        return Measurement(Measured(name, "Average", f"{self.watched.namespace}/{self.checks[check].metrics}"), own)

    def _problems(self, *, own_image: bool) -> Iterator[Problem | None]:
        if not self.checks:
            yield Problem("checks", "must have at least one, got: none")
        yield from within("watched", self.watched.problems())
        for name, check in self.checks.items():
            yield matches("checks", name, _KEY, "named with 1 to 12 small letters, digits and hyphens")
            yield from within(f"checks.{name}", check.problems())
            for option in check.for_aws if own_image else ():
                yield Problem(
                    f"checks.{name}.{option}", "must be left out with an image, as AWS's own alone calls it"
                )

    def _environment(self) -> dict[str, str]:
        more = {
            "name": self.monitor_name,
            "endpoint": self.watched.endpoint_name,
            "schedules": [self.schedule_name(name) for name in self.checks],
        }
        return {
            "MODEL_MONITOR": json.dumps(more, separators=(",", ":")),
            "REPORTS": bucket_facts(self.reports.bucket).url(self._folder),
        }

    def _function_grants(self) -> Grants:
        grants = Grants()
        grants.allow(
            "sagemaker:ListMonitoringExecutions",
            on="*",
            because="sagemaker:ListMonitoringExecutions is not available for a single resource.",
        )
        grants.allow(
            "sagemaker:DescribeProcessingJob",
            on=self.location.arn("sagemaker", "processing-job", name="*"),
            because="Model Monitor names the jobs of its executions.",
        )
        grant_read_objects(self.reports.bucket, grants, f"{self._folder}/*")
        grant_write_objects(self.reports.bucket, grants, f"{self._folder}/told/*")
        grants.allow("kms:Decrypt", on=key_arn(self.encryption_key))
        telling_grants(grants, self.location)
        return grants
