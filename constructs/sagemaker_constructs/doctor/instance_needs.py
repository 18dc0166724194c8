"""How many instances of each type the templates ask for, by SageMaker's quotas."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagemaker_constructs.core.templates.endpoint_capacity import endpoint_capacity
from sagemaker_constructs.core.templates.intrinsics import flat_text, is_list, is_structure
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment
from sagemaker_constructs.policy.requests import requests_of

SERVERLESS = "Maximum total concurrency that can be allocated across all serverless endpoints"
_TOTALS = {
    "endpoint usage": "Number of instances across active endpoints",
    "training job usage": "Number of instances across all training jobs",
    "processing job usage": "Number of instances across all processing jobs",
    "transform job usage": "Number of instances across all transform jobs",
    "notebook instance usage": "Total number of notebook instances",
}
"""The quotas over all types; Spot training counts as training."""
_APPS = {
    "JupyterLabAppSettings": "Studio JupyterLab Apps running on {} instances",
    "CodeEditorAppSettings": "Studio CodeEditor Apps running on {} instances",
    "KernelGatewayAppSettings": "Studio KernelGateway Apps running on {} instance",
}


@dataclass(frozen=True)
class QuotaNeed:
    """A quota by its name: ``first`` is what the deployment itself takes, ``most`` what use of it may come to.

    ``updating`` is what an update takes on top. ``by`` are the construct paths that ask for it, ``together`` what
    jobs would take if all ran at once.
    """

    name: str
    first: int
    most: int
    updating: int = 0
    together: int = 0
    by: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def needed(self) -> int:
        """All that it may come to."""
        return self.most + self.updating

    @property
    def in_words(self) -> str:
        """The sum."""
        parts = [f"{self.most} to run" if self.first == self.most else f"{self.first} at first, {self.most} scaled"]
        if self.updating:
            parts.append(f"{self.updating} more while one is updated")
        elif self.together > self.most:
            parts.append(f"{self.together} if all jobs ran at once")
        return ", ".join(parts)


@dataclass
class _Counted:
    first: Counter[str] = field(default_factory=Counter[str])
    most: Counter[str] = field(default_factory=Counter[str])
    updating: Counter[str] = field(default_factory=Counter[str])
    together: Counter[str] = field(default_factory=Counter[str])
    by: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict[str, set[str]](set))

    def needs(self) -> Iterator[QuotaNeed]:
        for name in sorted(self.most):
            yield QuotaNeed(
                name,
                self.first[name],
                self.most[name],
                self.updating[name],
                self.together[name],
                frozenset(self.by[name]),
            )


def instance_needs(planned: PlannedDeployment) -> Iterator[QuotaNeed]:
    """Each quota of SageMaker that the templates need something of.

    Of endpoints, instances are added up, and an update starts as many again as its largest endpoint has. Of jobs, the
    largest counts, times those that a tuning job runs at a time; of Studio, one application for each user.
    """
    counted = _Counted()
    _count_endpoints(planned, counted)
    _count_jobs(planned, counted)
    _count_workbench(planned, counted)
    yield from counted.needs()


def _count_endpoints(planned: PlannedDeployment, counted: _Counted) -> None:
    total = _TOTALS["endpoint usage"]
    for endpoint in planned.of_type("AWS::SageMaker::Endpoint"):
        resources: Mapping[str, Mapping[str, Any]] = planned.templates[endpoint.stack]["Resources"]
        capacity = endpoint_capacity(endpoint.logical_id, resources)
        for kind, count in capacity.most.items():
            name = f"{kind} for endpoint usage"
            counted.first[name] += capacity.first[kind]
            counted.most[name] += count
            counted.updating[name] = max(counted.updating[name], capacity.updating.get(kind, 0))
            counted.by[name].add(endpoint.path)
        if capacity.most:
            counted.first[total] += sum(capacity.first.values())
            counted.most[total] += sum(capacity.most.values())
            counted.updating[total] = max(counted.updating[total], sum(capacity.updating.values()))
    for config in planned.of_type("AWS::SageMaker::EndpointConfig"):
        for _, variant in config.members("ProductionVariants"):
            settings = variant.get("ServerlessConfig")
            if is_structure(settings):
                concurrency = int(settings.get("MaxConcurrency", 0))
                counted.first[SERVERLESS] += concurrency
                counted.most[SERVERLESS] += concurrency
                counted.by[SERVERLESS].add(config.path)


def _count_jobs(planned: PlannedDeployment, counted: _Counted) -> None:
    for subject in planned.landscape:
        for request in (*requests_of(subject), *_requests_of_functions(subject)):
            for name, count in _of_request(request.properties):
                counted.first[name] = max(counted.first[name], count)
                counted.most[name] = counted.first[name]
                counted.together[name] += count
                counted.by[name].add(subject.path)
    for usage in ("training", "processing", "transform"):
        total = _TOTALS[f"{usage} job usage"]
        of_usage = [name for name in counted.most if name.endswith(f"{usage} job usage")]
        if of_usage:
            counted.first[total] = counted.most[total] = max(counted.most[name] for name in of_usage)
            counted.together[total] = sum(counted.together[name] for name in of_usage)


def _requests_of_functions(subject: TemplateResource) -> Iterator[TemplateResource]:
    """Requests that a function has in its environment, and a schedule in its input."""
    written = []
    if subject.type == "AWS::Lambda::Function":
        variables = subject.value("Environment.Variables")
        written = list(variables.values()) if is_structure(variables) else []
    elif subject.type == "AWS::Scheduler::Schedule" and ":sagemaker:" not in subject.text("Target.Arn"):
        written = [subject.value("Target.Input")]
    for each in written:
        try:
            request = json.loads(flat_text(each))
        except ValueError:
            continue
        if is_structure(request):
            yield TemplateResource(
                subject.stack, subject.logical_id, "", request, subject.resource, subject.landscape
            )


def _of_request(request: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The quotas of a job, and how many instances it takes; parameters of a pipeline decide when it is started."""
    limits = request.get("HyperParameterTuningJobConfig", {}).get("ResourceLimits", {})
    parallel = limits.get("MaxParallelTrainingJobs", 1)
    definitions = request.get("TrainingJobDefinitions") or [request.get("TrainingJobDefinition") or request]
    for each in definitions:
        for member, usage in (
            ("ResourceConfig", "training job usage"),
            ("ProcessingResources", "processing job usage"),
            ("TransformResources", "transform job usage"),
        ):
            cluster = each.get(member)
            if not is_structure(cluster):
                continue
            if usage == "training job usage" and str(each.get("EnableManagedSpotTraining")).lower() == "true":
                usage = "spot training job usage"
            for kind, count in _clusters(cluster.get("ClusterConfig") or cluster):
                yield f"{kind} for {usage}", count * (parallel if isinstance(parallel, int) else 1)
                if cluster.get("KeepAlivePeriodInSeconds"):
                    yield f"{kind} for training warm pool usage", count


def _clusters(cluster: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    groups = cluster.get("InstanceGroups")
    for each in groups if is_list(groups) else [cluster]:
        kind, count = each.get("InstanceType"), each.get("InstanceCount", 1)
        if isinstance(kind, str) and str(count).isdigit():
            yield kind, int(count)


def _count_workbench(planned: PlannedDeployment, counted: _Counted) -> None:
    def count(name: str, path: str, number: int = 1) -> None:
        counted.first[name] += number
        counted.most[name] = counted.first[name]
        counted.by[name].add(path)

    for notebook in planned.of_type("AWS::SageMaker::NotebookInstance"):
        count(f"{notebook.text('InstanceType')} for notebook instance usage", notebook.path)
        count(_TOTALS["notebook instance usage"], notebook.path)
    for schedule in planned.of_type("AWS::SageMaker::MonitoringSchedule", *_DEFINITIONS):
        cluster = schedule.value("JobResources.ClusterConfig") or schedule.value(
            "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig"
        )
        for kind, number in _clusters(cluster) if is_structure(cluster) else ():
            count(f"{kind} for processing job usage", schedule.path, number)
    for domain in planned.of_type("AWS::SageMaker::Domain"):
        users = [each for each in planned.of_type("AWS::SageMaker::UserProfile") if each.stack == domain.stack]
        for settings, name in _APPS.items():
            kind = domain.text(f"DefaultUserSettings.{settings}.DefaultResourceSpec.InstanceType")
            if kind.startswith("ml."):
                count(name.format(kind), domain.path, max(len(users), 1))
    for server in planned.of_type("AWS::SageMaker::MlflowTrackingServer"):
        count("Maximum number of MLflow Tracking Servers", server.path)


_DEFINITIONS = tuple(
    f"AWS::SageMaker::{each}JobDefinition"
    for each in ("DataQuality", "ModelBias", "ModelExplainability", "ModelQuality")
)
