"""Watches a model in production, without Model Monitor."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.topic_access import tell_topic
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, reject, within
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.jobs.json_text import json_text
from sagemaker_constructs.monitoring.captured_requests import CapturedRequests
from sagemaker_constructs.monitoring.collected_truth import CollectedTruth
from sagemaker_constructs.monitoring.drift_alarms import DriftAlarms, Runbook
from sagemaker_constructs.monitoring.drift_metrics import DriftMetrics
from sagemaker_constructs.monitoring.drift_settings import DriftSettings
from sagemaker_constructs.monitoring.drift_telling import DriftTelling
from sagemaker_constructs.monitoring.monitor_runs import MonitorRuns
from sagemaker_constructs.monitoring.windowed_monitor import (
    HISTORY,
    LONGEST_NAME,
    SOURCE,
    hours_of,
    is_part_of_a_day,
    window_problems,
    window_times,
)
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.observability.metric_alarm import Alarm
from sagemaker_constructs.storage.object_access import bucket_facts

ENDED, FAILED = "Drift Monitor Run Ended", "Drift Monitor Run Failed"
_KINDS = {"worse": "quality", "biased": "bias"}


class DriftMonitor(DriftMetrics):
    """Compares what was ``captured`` with ``baseline``: a processing job for each window of ``every``.

    ``every`` is 1, 2, 3, 4, 6, 8, 12 or 24 hours (default: one), in UTC. A window is looked at ``delay`` after its
    end (default: 15 minutes), as captured files come late; what comes later is looked at with the next one. A window
    without requests needs no job. A run that fails is tried once more, and windows that were missed, such as by a
    fault of the service, are made up for with the next ones.

    ``truth`` that comes late says how good answers were, by ``settings.quality``; each line of it is judged once. How
    much of it is known is in reports and events; too little of it decides nothing, and wakes nobody.

    ``settings`` say what counts as drift, ``telling`` when somebody is told of it. ``baseline`` is where a
    ``BaselineDefinition`` leaves it: once, or whenever the training pipeline runs.

    Each window leaves ``<reports prefix>/<monitor>/2026/11/30/07/`` in the bucket of ``reports``: Model Monitor's
    three files, ``report.json``, the list of the captured files that were read, and ``told.json``, which says when
    and of what somebody was told. ``history/`` beside the years has a line for each run. Metrics are those of
    ``metric_…``, events those of ``event_pattern``; ``alarms`` are listed at ``DriftAlarms``, and
    ``Alarms(watched=[monitor], …)`` sends them to a topic. Their texts lead to ``runbook``.

    The container runs in network isolation as ``role`` (default: a new one, which can read ``captured`` and
    ``baseline`` and write reports). ``max_runtime`` defaults to 50 minutes (maximum: 9 days).

    Provisions: an ``AWS::Scheduler::Schedule`` and its role, a function with role and logs,
    an ``AWS::Events::Rule``, an ``AWS::SQS::Queue`` for what failed, the alarms, an ``AWS::IAM::Role`` unless
    ``role`` is given, and a ``Custom::SageMakerDriftMonitor``, which begins to count.
    Raises ``InvalidInput`` for windows that are no part of a day, for settings that the container refuses, and for
    what ``ProcessingDefinition`` refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        captured: CapturedRequests,
        baseline: ProcessingInput,
        reports: ProcessingOutput,
        truth: CollectedTruth | None = None,
        every: Duration | None = None,
        delay: Duration | None = None,
        settings: DriftSettings | None = None,
        telling: DriftTelling | None = None,
        image: ModelImage | None = None,
        instance_type: str = "ml.m5.large",
        encryption_key: kms.IKey | None = None,
        volume_gib: int = 10,
        placement: VpcPlacement | None = None,
        max_runtime: Duration | None = None,
        role: iam.IRole | None = None,
        runbook: str = "docs/drift-runbook.md",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        own, when = settings or DriftSettings(), telling or DriftTelling()
        window, wait = every or minutes(60), delay or minutes(15)
        reject(self, _problems(own, when, truth, window, wait))
        hours = hours_of(window)
        self.captured: CapturedRequests = captured
        self.reports: ProcessingOutput = reports
        self.truth: CollectedTruth | None = truth
        self._telling, self._features = when, when.features
        self._quality, self._bias = own.quality if truth else None, own.bias
        self.monitor_name: str = physical_name(self, LONGEST_NAME)
        self.watched_model: str = captured.endpoint or self.monitor_name
        self._folder = f"{reports.prefix.strip('/')}/{self.monitor_name}"
        self.definition: ProcessingDefinition = ProcessingDefinition(
            self,
            "Run",
            image=image or ModelImage.from_library("monitor"),
            instance_type=instance_type,
            inputs={
                "captured": captured,
                "baseline": baseline,
                "settings": own.file(self, "Settings", hours=hours),
                "history": ProcessingInput(reports.bucket, f"{self._folder}/{HISTORY}"),
            },
            outputs={
                "report": ProcessingOutput(reports.bucket, self._folder),
                "history": ProcessingOutput(reports.bucket, f"{self._folder}/{HISTORY}"),
            },
            arguments=["run"],
            encryption_key=encryption_key,
            volume_gib=volume_gib,
            placement=placement,
            max_runtime=max_runtime,
            role=role,
            tags=tags,
        )
        self._allow_job(truth)
        self._runs = MonitorRuns(
            self,
            "Runs",
            name=self.monitor_name,
            about=self.path,
            environment=self._environment(window, wait),
            grants=self._run_grants([captured, *([truth] if truth else [])]),
        )
        self.function_arn: str = self._runs.function_arn
        self._runs.at("Schedule", window_times(window, wait))
        self.drift_alarms: DriftAlarms = DriftAlarms(
            self,
            "Alarms",
            monitor=self.monitor_name,
            about=self.watched_model,
            hours=hours,
            runbook=Runbook(runbook),
            quality=truth is not None,
            bias=own.bias is not None,
        )

    @property
    def alarms(self) -> Sequence[Alarm]:
        """Those of ``DriftAlarms`` that somebody is told of."""
        return self.drift_alarms.told

    def event_pattern(
        self, kind: Literal["drifted", "worse", "biased", "severe", "ended", "failed"]
    ) -> Mapping[str, object]:
        """The pattern of the monitor's events on the account's default bus, for rules and triggers.

        ``drifted`` are runs with anything confirmed, ``worse`` and ``biased`` those among them with metrics of
        quality or of bias, ``severe`` those whose severity is critical, ``ended`` all runs with a report,
        ``failed`` those that have failed twice.
        """
        detail: dict[str, object] = {"monitor": [self.monitor_name]}
        if kind == "drifted":
            detail["confirmed_count"] = [{"numeric": [">", 0]}]
        if kind in _KINDS:
            detail["confirmed_kinds"] = {_KINDS[kind]: [{"numeric": [">", 0]}]}
        if kind == "severe":
            detail["severity"] = ["critical"]
        return {"source": [SOURCE], "detail-type": [FAILED if kind == "failed" else ENDED], "detail": detail}

    def on_drift(self, id: str, *, topic: sns.ITopic) -> events.CfnRule:
        """Tell ``topic`` of each run with confirmed features: what differs, by how much, and where the report is."""
        return self._on(id, "drifted", topic)

    def on_failure(self, id: str, *, topic: sns.ITopic) -> events.CfnRule:
        """Tell ``topic`` of each run that has failed twice, with the reason."""
        return self._on(id, "failed", topic)

    def _on(self, id: str, kind: Literal["drifted", "failed"], topic: sns.ITopic) -> events.CfnRule:
        told = f"Tells of runs of {self.path}"
        return tell_topic(self, id, topic=topic, description=told, pattern=self.event_pattern(kind))

    def _environment(self, window: Duration, wait: Duration) -> dict[str, str]:
        more: dict[str, object] = {
            "name": self.monitor_name,
            "endpoint": self.captured.endpoint,
            "prefix": self.monitor_name,
            "every": seconds_of(window),
            "delay": seconds_of(wait),
            "confirmed": [self._telling.runs, self._telling.of_runs],
            "severe": self._telling.severe_times,
            "features": [*self._telling.features],
        }
        late: dict[str, str] = {}
        if self.truth and self._quality:
            more["truth"] = {"every": self.truth.every_seconds, "days": self._quality.truth_days}
            late["TRUTH"] = bucket_facts(self.truth.bucket).url(self.truth.prefix.strip("/"))
        return {
            "MONITOR": json.dumps(more, separators=(",", ":")),
            "REQUEST": json_text(self, self.definition.request),
            "CAPTURED": bucket_facts(self.captured.bucket).url(self.captured.prefix.strip("/")),
            "REPORTS": bucket_facts(self.reports.bucket).url(self._folder),
            **late,
        }


def _problems(
    settings: DriftSettings, telling: DriftTelling, truth: CollectedTruth | None, window: Duration, wait: Duration
) -> Iterator[Problem | None]:
    yield from within("settings", settings.problems())
    yield from within("telling", telling.problems())
    yield from window_problems(window, wait)
    if truth and is_part_of_a_day(window):
        yield from within("truth", truth.problems(seconds_of(window)))
    if truth and not settings.quality:
        yield Problem("truth", "requires settings.quality, which says what answers are, got: none")
