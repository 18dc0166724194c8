"""Notebooks, Studio and jobs, all of which cost money while they run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sagemaker_constructs.cost.quantities.counting import HOURS, Counted, Quantity, counts, free, plain_text

_OFFER = "AmazonSageMaker"
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
    limits = request.get("HyperParameterTuningJobConfig", {}).get("ResourceLimits", {})
    jobs = Decimal(limits.get("MaxNumberOfTrainingJobs", 1))
    definitions = request.get("TrainingJobDefinitions") or [request.get("TrainingJobDefinition", request)]
    # What a deployment runs is run again when it changes.
    hours = counted.used("runs") * counted.used("minutes") / 60 * jobs
    for each in definitions:
        yield from _of_cluster(each, hours / len(definitions))


@counts("AWS::SageMaker::Pipeline")
def _pipeline(counted: Counted) -> Iterator[Quantity]:
    body = counted.properties["PipelineDefinition"].get("PipelineDefinitionBody")
    hours = counted.used("runs") * counted.used("minutes") / 60
    for step in _steps(json.loads(plain_text(body))["Steps"]) if body else ():
        if step["Type"] in ("Training", "Processing"):
            yield from _of_cluster(step["Arguments"], hours)


def _steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        arguments = step.get("Arguments", {})
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps(arguments.get(branch, ()))


def _of_cluster(request: Mapping[str, Any], hours: Decimal) -> Iterator[Quantity]:
    """The instances of a training or processing job that runs for ``hours``."""
    if "ProcessingResources" in request:
        cluster, usage, what = request["ProcessingResources"]["ClusterConfig"], "Processing", "processing"
    else:
        cluster = request["ResourceConfig"]
        spot = request.get("EnableManagedSpotTraining") in (True, "true")
        usage, what = ("TrSpt", "Spot training") if spot else ("Train", "training")
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
