"""Where the answers of an endpoint come from: variant, model, version, execution, job and data."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tools.report.executions import Clients

_JOB = re.compile(r"/([^/]+)/output/model\.tar\.gz$")


@dataclass(frozen=True)
class Origin:
    """What one variant serves; what cannot be found out is empty."""

    variant: str
    model: str = ""
    artifact: str = ""
    version: str = ""
    approval: str = ""
    execution: str = ""
    job: str = ""
    data: Sequence[str] = field(default_factory=tuple[str, ...])


@dataclass(frozen=True)
class Act:
    """Something that was done about a window."""

    window: str
    at: str
    what: str
    state: str
    outcome: str


def origins_of(clients: Clients, endpoint: str) -> Sequence[Origin]:
    """What the variants of an endpoint serve; nothing for one that is gone."""
    sagemaker = clients.client("sagemaker")
    try:
        config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
        variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    except ClientError:
        return ()
    return [_origin(sagemaker, each) for each in variants]


def acts_of(
    clients: Clients, monitor: str, windows: Sequence[str], tables: Sequence[str], pipelines: Sequence[str]
) -> Sequence[Act]:
    """Reactions in these tables, and executions of these pipelines that windows have started; the newest first."""
    found = [act for table in tables for act in _reactions(clients, monitor, table)]
    found += [act for pipeline in pipelines for act in _starts(clients, monitor, windows, pipeline)]
    return sorted(found, key=lambda each: (each.window, each.at), reverse=True)


def _origin(sagemaker: Any, variant: Mapping[str, Any]) -> Origin:
    name, model = str(variant["VariantName"]), str(variant.get("ModelName") or "")
    found: dict[str, Any] = {"model": model}
    try:
        described: Mapping[str, Any] = sagemaker.describe_model(ModelName=model) if model else {}
        containers: list[Mapping[str, Any]] = [
            each for each in (described.get("PrimaryContainer"), *described.get("Containers", [])) if each
        ]
        container = containers[0] if containers else dict[str, Any]()
        package = str(container.get("ModelPackageName") or "")
        found["artifact"] = str(container.get("ModelDataUrl") or "")
        if package:
            found |= _version(sagemaker, package, found["artifact"])
        found |= _trained(sagemaker, str(found.get("execution", "")), str(found["artifact"]))
    except ClientError:
        # What is deleted by now is not known any more.
        return Origin(name, **found)
    return Origin(name, **found)


def _version(sagemaker: Any, package: str, artifact: str) -> Mapping[str, Any]:
    described = sagemaker.describe_model_package(ModelPackageName=package)
    containers: list[Mapping[str, Any]] = described.get("InferenceSpecification", {}).get("Containers") or [{}]
    container = containers[0]
    by = str(described.get("MetadataProperties", {}).get("GeneratedBy") or "")
    return {
        "version": package.rpartition("model-package/")[2] or package,
        "approval": str(described.get("ModelApprovalStatus", "")),
        "artifact": artifact or str(container.get("ModelDataUrl") or ""),
        "execution": by if "/execution/" in by else "",
    }


def _trained(sagemaker: Any, execution: str, artifact: str) -> Mapping[str, Any]:
    """The job that has trained it: a step of its execution, or the one that its artifact is named after."""
    job = ""
    if execution:
        pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution)
        arns = [
            str(each.get("Metadata", {}).get("TrainingJob", {}).get("Arn") or "")
            for page in pages
            for each in page["PipelineExecutionSteps"]
        ]
        job = next((arn.rpartition("/")[2] for arn in arns if arn), "")
    if not job and (named := _JOB.search(artifact)):
        job = named[1]
    if not job:
        return {}
    try:
        described = sagemaker.describe_training_job(TrainingJobName=job)
    except ClientError:
        return {}
    data = [
        str(each["DataSource"]["S3DataSource"]["S3Uri"])
        for each in described.get("InputDataConfig", [])
        if "S3DataSource" in each.get("DataSource", {})
    ]
    return {"job": job, "data": data}


def _reactions(clients: Clients, monitor: str, table: str) -> list[Act]:
    pages = clients.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    items = [item for page in pages for item in page["Items"] if item["Entry"]["S"].startswith("reaction#")]
    return [
        Act(
            window=item["Window"]["S"],
            at=item["At"]["N"],
            what=item["Reaction"]["S"],
            state=item["State"]["S"],
            outcome=item["Outcome"]["S"],
        )
        for item in items
        if item["Monitor"]["S"] == monitor
    ]


def _starts(clients: Clients, monitor: str, windows: Sequence[str], pipeline: str) -> list[Act]:
    """Executions that ``DriftTrigger`` has started, which are named after trigger, monitor and window."""
    sagemaker = clients.client("sagemaker")
    try:
        listed = sagemaker.list_pipeline_executions(PipelineName=pipeline, SortOrder="Descending", MaxResults=100)
    except ClientError:
        return []
    found: list[Act] = []
    for each in listed["PipelineExecutionSummaries"]:
        trigger, _, token = str(each.get("PipelineExecutionDisplayName") or "").rpartition("-")
        window = next((name for name in windows if trigger and _token(trigger, monitor, name) == token), "")
        if window:
            found.append(
                Act(
                    window=window,
                    at=f"{each['StartTime'].timestamp():.0f}",
                    what=f"{trigger} started {pipeline}",
                    state=str(each["PipelineExecutionStatus"]),
                    outcome=str(each["PipelineExecutionArn"]),
                )
            )
    return found


def _token(trigger: str, monitor: str, window: str) -> str:
    return hashlib.sha256(json.dumps([trigger, monitor, window]).encode()).hexdigest()[:12]
