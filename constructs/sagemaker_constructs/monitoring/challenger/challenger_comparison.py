"""Compares a challenger with the champion."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.topic_access import tell_topic
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, one_of, reject, within
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.jobs.json_text import json_text
from sagemaker_constructs.monitoring.captured_requests import CapturedRequests
from sagemaker_constructs.monitoring.challenger.promotion_rule import PromotionRule
from sagemaker_constructs.monitoring.collected_truth import CollectedTruth
from sagemaker_constructs.monitoring.drift_alarms import NAMESPACE, Runbook, failed_alarm, silent_alarm
from sagemaker_constructs.monitoring.drift_settings import DriftSettings, settings_file
from sagemaker_constructs.monitoring.monitor_runs import MonitorRuns
from sagemaker_constructs.monitoring.windowed_monitor import (
    HISTORY,
    LONGEST_NAME,
    SOURCE,
    WindowedMonitor,
    hours_of,
    is_part_of_a_day,
    window_problems,
    window_times,
)
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured
from sagemaker_constructs.observability.metric_alarm import Alarm
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.instance_endpoint import InstanceEndpoint
from sagemaker_constructs.serving.variants.variant import Variant
from sagemaker_constructs.storage.object_access import bucket_facts

COMPARED, NOT_COMPARED = "Challenger Comparison Ended", "Challenger Comparison Failed"
_RECOMMENDED = Measured("PromotionRecommended", "Maximum", NAMESPACE)
_ADVANTAGE = Measured("Advantage", "Maximum", NAMESPACE)
_LEAST = Measured("LeastAdvantage", "Maximum", NAMESPACE)
_AGREEMENT = Measured("Agreement", "Maximum", NAMESPACE)
_PAIR = "operation"


class ChallengerComparison(WindowedMonitor):
    """Compares the variant ``challenger`` of ``endpoint`` with its ``champion``: on what ``capture`` has of both.

    A challenger in the endpoint's ``shadow`` gets copies of requests, and answers are compared request by request.
    One among its ``variants`` shares the requests with the champion, by their weights. ``champion`` defaults to the
    only other variant, ``challenger`` to the shadow.

    ``rule`` says what is asked of the challenger, ``settings`` what requests and answers are: ``outputs``, and
    ``quality`` where there is ``truth``, which comes late and is judged as a ``DriftMonitor`` judges it. A comparison
    begins when the endpoint serves these two models, and begins anew with another model. Each look, ``every`` day
    (1, 2, 3, 4, 6, 8, 12 or 24 hours, in UTC), adds to what is known, and recommends to ``promote`` the challenger,
    to ``keep`` the champion, or says that there is ``not enough``, in ``report.json``, on a page, and in an event;
    the rate of wrong promotions holds for all looks together. A window is looked at ``delay`` after its end (default:
    15 minutes).

    Whoever is told of it promotes the challenger in the registry, or ``DriftReactions`` with ``PromoteChallenger``.

    Each window leaves ``<reports prefix>/<comparison>/2026/11/30/00/`` in the bucket of ``reports``. Metrics are
    those of ``metric_…``, events those of ``event_pattern``; ``alarms`` are on runs that fail or are missing, and
    their texts lead to ``runbook``. The container runs in network isolation as ``role`` (default: a new one, which
    can read what was captured and write reports). ``max_runtime`` defaults to 50 minutes (maximum: 9 days).

    Provisions: an ``AWS::Scheduler::Schedule`` and its role, a function with role and logs, an ``AWS::Events::Rule``,
    an ``AWS::SQS::Queue`` for what failed, two ``AWS::CloudWatch::Alarm``, an ``AWS::IAM::Role`` unless ``role`` is
    given, and a ``Custom::SageMakerChallengerComparison``, which begins to count.
    Raises ``InvalidInput`` for variants that there are not, for capture of one side, for rules and settings that the
    container refuses, and for what ``ProcessingDefinition`` refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-validation.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint: InstanceEndpoint,
        capture: DataCapture,
        reports: ProcessingOutput,
        challenger: str | None = None,
        champion: str | None = None,
        truth: CollectedTruth | None = None,
        rule: PromotionRule | None = None,
        settings: DriftSettings | None = None,
        every: Duration | None = None,
        delay: Duration | None = None,
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
        own, asked = settings or DriftSettings(), rule or PromotionRule()
        window, wait = every or Duration.days(1), delay or minutes(15)
        shadows = {each.name: each for each in endpoint.shadow}
        takes_part = {each.name: each for each in endpoint.variants}
        against = _chosen(challenger, [*shadows])
        others = [name for name in takes_part if name != against]
        chief = _chosen(champion, others)
        reject(
            self,
            [
                one_of("challenger", against, [*takes_part, *shadows]),
                one_of("champion", chief, others),
                *_problems(own, asked, capture, truth, window, wait, shadow=against in shadows),
            ],
        )
        sides = {"champion": takes_part[chief], "challenger": {**takes_part, **shadows}[against]}
        self.captured: CapturedRequests = CapturedRequests.of_endpoint(endpoint, capture)
        self.reports: ProcessingOutput = reports
        self.truth: CollectedTruth | None = truth
        self.rule: PromotionRule = asked
        self.monitor_name: str = physical_name(self, LONGEST_NAME)
        self._folder = f"{reports.prefix.strip('/')}/{self.monitor_name}"
        document = {
            "champion": chief,
            "challenger": against,
            "shadow": against in shadows,
            **asdict(asked),
            "examples": own.examples,
            "answers": own.document(hours_of(window)),
        }
        self.definition: ProcessingDefinition = ProcessingDefinition(
            self,
            "Run",
            image=image or ModelImage.from_library("monitor"),
            instance_type=instance_type,
            inputs={
                "captured": self.captured,
                "settings": settings_file(self, "Settings", document),
                HISTORY: ProcessingInput(reports.bucket, f"{self._folder}/{HISTORY}"),
                _PAIR: ProcessingInput(reports.bucket, f"{self._folder}/{_PAIR}"),
            },
            outputs={
                "report": ProcessingOutput(reports.bucket, self._folder),
                HISTORY: ProcessingOutput(reports.bucket, f"{self._folder}/{HISTORY}"),
            },
            arguments=["compare"],
            environment={"comparison_name": self.monitor_name},
            encryption_key=encryption_key,
            volume_gib=volume_gib,
            placement=placement,
            max_runtime=max_runtime,
            role=role,
            tags=tags,
        )
        self._allow_job(truth)
        self._runs: MonitorRuns = MonitorRuns(
            self,
            "Runs",
            name=self.monitor_name,
            about=self.path,
            environment=self._environment(window, wait, own, sides),
            grants=self._grants(endpoint, sides),
            handler="comparison_handler",
            type="Custom::SageMakerChallengerComparison",
        )
        self.function_arn: str = self._runs.function_arn
        self._runs.at("Schedule", window_times(window, wait))
        page = Runbook(runbook)
        about = f"{against} against {chief} of {endpoint.endpoint_name}"
        self._alarms = (
            failed_alarm(self, self.monitor_name, about, page),
            silent_alarm(self, self.monitor_name, about, hours_of(window), page),
        )

    @property
    def alarms(self) -> Sequence[Alarm]:
        """A run has failed twice, and no run has ended for a while."""
        return self._alarms

    def dashboard_sections(self) -> Iterator[Section]:
        """What is known of the challenger, and how runs end."""
        better = self.rule.aim == "better"
        known = [self._of(_ADVANTAGE), self._of(_LEAST)] if better else [self._of(_AGREEMENT)]
        graphs = [
            Graph(
                "Advantage of the challenger, and what it is at least" if better else "Share of the same answers",
                known,
            ),
            Graph("Promotion recommended", [self._of(_RECOMMENDED)]),
        ]
        yield Section(f"Challenger of {self.captured.endpoint}", [graphs])

    def event_pattern(self, kind: Literal["promote", "keep", "ended", "failed"]) -> Mapping[str, object]:
        """The pattern of events on the account's default bus, for rules and triggers.

        ``promote`` and ``keep`` are looks that recommend it, ``ended`` all looks, ``failed`` those that have failed
        twice.
        """
        detail: dict[str, object] = {"monitor": [self.monitor_name]}
        if kind in ("promote", "keep"):
            detail["recommendation"] = [kind]
        told = NOT_COMPARED if kind == "failed" else COMPARED
        return {"source": [SOURCE], "detail-type": [told], "detail": detail}

    def on_recommendation(
        self, id: str, *, topic: sns.ITopic, kind: Literal["promote", "keep"] = "promote"
    ) -> events.CfnRule:
        """Tell ``topic`` of each look that recommends it: why, how sure it is, and where the report is."""
        told = f"Tells what {self.path} recommends"
        return tell_topic(self, id, topic=topic, description=told, pattern=self.event_pattern(kind))

    def metric_promotion_recommended(self) -> cloudwatch.Metric:
        """1 where a look recommends to promote the challenger, else 0."""
        return self._of(_RECOMMENDED).metric()

    def metric_advantage(self) -> cloudwatch.Metric:
        """By how much the challenger's errors are smaller."""
        return self._of(_ADVANTAGE).metric()

    def metric_least_advantage(self) -> cloudwatch.Metric:
        """By how much they are smaller at least, over all looks."""
        return self._of(_LEAST).metric()

    def metric_agreement(self) -> cloudwatch.Metric:
        """The share of requests to which both have answered the same, of a shadow."""
        return self._of(_AGREEMENT).metric()

    def _environment(
        self, window: Duration, wait: Duration, own: DriftSettings, sides: Mapping[str, Variant]
    ) -> dict[str, str]:
        more: dict[str, object] = {
            "name": self.monitor_name,
            "endpoint": self.captured.endpoint,
            "prefix": self.monitor_name,
            "every": seconds_of(window),
            "delay": seconds_of(wait),
        }
        late: dict[str, str] = {}
        if self.truth and own.quality:
            more["truth"] = {"every": self.truth.every_seconds, "days": own.quality.truth_days}
            late["TRUTH"] = bucket_facts(self.truth.bucket).url(self.truth.prefix.strip("/"))
        served = {side: {"variant": each.name, "model": each.model.model_name} for side, each in sides.items()}
        return {
            "MONITOR": json.dumps(more, separators=(",", ":")),
            "REQUEST": json_text(self, self.definition.request),
            "VARIANTS": json_text(self, served),
            "CAPTURED": bucket_facts(self.captured.bucket).url(self.captured.prefix.strip("/")),
            "REPORTS": bucket_facts(self.reports.bucket).url(self._folder),
            **late,
        }

    def _grants(self, endpoint: InstanceEndpoint, sides: Mapping[str, Variant]) -> Grants:
        grants = self._run_grants([self.captured, *([self.truth] if self.truth else [])])
        grants.allow("sagemaker:DescribeEndpoint", on=endpoint.endpoint_arn)
        models = dict.fromkeys(each.model for each in sides.values())
        grants.allow("sagemaker:DescribeModel", on=[each.model_arn for each in models])
        grants.allow(
            "cloudwatch:GetMetricData", on="*", because="CloudWatch restricts reading metrics to no resource."
        )
        return grants


def _chosen(given: str | None, candidates: Sequence[str]) -> str:
    """The variant that is named, or the only one that it can be."""
    if given is not None:
        return given
    return candidates[0] if len(candidates) == 1 else ""


def _problems(
    settings: DriftSettings,
    rule: PromotionRule,
    capture: DataCapture,
    truth: CollectedTruth | None,
    window: Duration,
    wait: Duration,
    *,
    shadow: bool,
) -> Iterator[Problem | None]:
    yield from within("settings", settings.problems())
    yield from within("rule", rule.problems(settings.quality))
    yield from window_problems(window, wait)
    if capture.mode != "both":
        yield Problem(
            "capture.mode", f"must be both, as requests are compared by their answers, got: {capture.mode!r}"
        )
    if rule.aim == "same" and not shadow:
        yield Problem("rule.aim", "must be better where the challenger is no shadow, got: 'same'")
    if rule.aim == "better" and not truth:
        yield Problem("truth", "is required by the rule's aim to be better, got: none")
    if truth and is_part_of_a_day(window):
        yield from within("truth", truth.problems(seconds_of(window)))
    if truth and not settings.quality:
        yield Problem("truth", "requires settings.quality, which says what answers are, got: none")
