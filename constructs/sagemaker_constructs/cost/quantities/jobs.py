"""Notebooks, Studio and jobs, all of which cost money while they run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from sagemaker_constructs.cost.quantities.counting import HOURS, Counted, Quantity, counts, free, plain_text

_OFFER = "AmazonSageMaker"
_CLUSTERS = {
    "ProcessingResources": ("Processing", "processing"),
    "ResourceConfig": ("Train", "training"),
    "TransformResources": ("Tsform", "transform"),
}
"""What the instances of a request stand in, by their usage type and what they are called."""
_NOTEBOOK_VOLUME_GB = 5
"""What SageMaker gives a notebook instance that states no size."""

free(
    "paid for by what they start",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::UserProfile",
    "AWS::SageMaker::NotebookInstanceLifecycleConfig",
    "AWS::SageMaker::StudioLifecycleConfig",
    "AWS::SageMaker::ModelPackage",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::SageMaker::Workteam",
    "AWS::StepFunctions::Activity",
)


@counts("AWS::SageMaker::NotebookInstance")
def _notebook(counted: Counted) -> Iterator[Quantity]:
    properties = counted.properties
    kind = str(properties["InstanceType"])
    # It runs from its creation until somebody or something stops it.
    hours = min(counted.used("hours", HOURS), HOURS)
    yield Quantity.by_use(f"{_OFFER}/Notebk:{kind}", f"instance-hours of {kind} notebooks", hours, HOURS)
    size = properties.get("VolumeSizeInGB", _NOTEBOOK_VOLUME_GB)
    # The volume stays while the instance is stopped.
    yield Quantity.fixed(f"{_OFFER}/Notebk:VolumeUsage.gp2", "GB-months of notebooks' volumes", Decimal(size))


@counts("Custom::SageMakerTrainingJob", "Custom::SageMakerHyperParameterTuningJob")
def _training(counted: Counted) -> Iterator[Quantity]:
    request = json.loads(plain_text(counted.properties["Request"]))
    # What a deployment runs is run again when it changes.
    yield from _of_request(request, counted.used("runs") * counted.used("minutes") / 60)


@counts("AWS::SageMaker::Pipeline")
def _pipeline(counted: Counted) -> Iterator[Quantity]:
    body = counted.properties["PipelineDefinition"].get("PipelineDefinitionBody")
    hours = counted.used("runs") * counted.used("minutes") / 60
    for step in _steps(json.loads(plain_text(body))["Steps"]) if body else ():
        if step["Type"] in ("Training", "Tuning", "Processing", "Transform"):
            yield from _of_request(step["Arguments"], hours)


def _of_request(request: Mapping[str, Any], hours: Decimal) -> Iterator[Quantity]:
    """The instances of a job of ``hours``, or of all the jobs of a tuning job that last so long each."""
    jobs = (
        request.get("HyperParameterTuningJobConfig", {}).get("ResourceLimits", {}).get("MaxNumberOfTrainingJobs", 1)
    )
    definitions = request.get("TrainingJobDefinitions") or [request.get("TrainingJobDefinition", request)]
    for each in definitions:
        if any(name in each for name in _CLUSTERS) and isinstance(jobs, int):
            yield from _of_cluster(each, hours * jobs / len(definitions))


def _steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        arguments = step.get("Arguments", {})
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps(arguments.get(branch, ()))


def jobs_started(counted: Counted, written: Any, runs: Decimal | int = 0) -> Iterator[Quantity]:
    """The instances of jobs that a resource starts by the request ``written``, ``runs`` a month if nothing is stated.

    What is no request of a job has none.
    """
    try:
        request = json.loads(plain_text(written))
    except ValueError:
        return
    if isinstance(request, dict) and any(name in request for name in _CLUSTERS):
        hours = counted.used("runs", runs) * counted.used("minutes") / 60
        yield from _of_cluster(cast(Mapping[str, Any], request), hours)


def _of_cluster(request: Mapping[str, Any], hours: Decimal) -> Iterator[Quantity]:
    """The instances of a job that runs for ``hours``."""
    [name] = [each for each in _CLUSTERS if each in request]
    usage, what = _CLUSTERS[name]
    cluster = request[name].get("ClusterConfig", request[name])
    if usage == "Train" and request.get("EnableManagedSpotTraining") in (True, "true"):
        usage, what = "TrSpt", "Spot training"
    kind, count = cluster.get("InstanceType"), cluster.get("InstanceCount", 1)
    # Parameters of a pipeline decide when it is started.
    if isinstance(kind, str) and isinstance(count, int):
        yield Quantity.by_use(f"{_OFFER}/{usage}:{kind}", f"instance-hours of {kind} {what}", hours * count)


@counts("AWS::SageMaker::FeatureGroup")
def _features(counted: Counted) -> Iterator[Quantity]:
    if not counted.properties.get("OnlineStoreConfig", {}).get("EnableOnlineStore"):
        return
    throughput = counted.properties.get("ThroughputConfig", {})
    if throughput.get("ThroughputMode") == "Provisioned":
        for name, key, what in (
            ("ProvisionedReadCapacityUnits", "FeatureStore:ReadCapacityUnitHrs", "hours of read capacity units"),
            ("ProvisionedWriteCapacityUnits", "FeatureStore:WriteCapacityUnitHrs", "hours of write capacity units"),
        ):
            yield Quantity.fixed(f"{_OFFER}/{key}", what, Decimal(throughput[name]) * HOURS)
    else:
        yield Quantity.by_use(f"{_OFFER}/FeatureStore:ReadRequestUnits", "read request units", counted.used("reads"))
        yield Quantity.by_use(
            f"{_OFFER}/FeatureStore:WriteRequestUnits", "write request units", counted.used("writes")
        )
    yield Quantity.by_use(
        f"{_OFFER}/FeatureStore:StorageUsage", "GB-months of the online store", counted.used("gigabytes")
    )


@counts("AWS::SageMaker::MlflowTrackingServer")
def _tracking_server(counted: Counted) -> Iterator[Quantity]:
    size = str(counted.properties.get("TrackingServerSize", "Small"))
    hours = min(counted.used("hours", HOURS), HOURS)
    key, what = f"{_OFFER}/MLflow:{size}", f"hours of {size.lower()} tracking servers"
    yield Quantity(key, what, hours, hours, HOURS)


@counts("AWS::SageMaker::MlflowApp")
def _mlflow_app(counted: Counted) -> Iterator[Quantity]:
    yield Quantity.by_use(f"{_OFFER}/MLflow:App", "hours of MLflow apps", counted.used("hours"), HOURS)
