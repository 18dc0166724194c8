"""What a CreateTransformJob request means for its container and its records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.jobs.transform.records import Batching, DataProcessing

DEFAULT_PAYLOAD_MEGABYTES = 6
MOST_PAYLOAD_MEGABYTES = 100
_MEGABYTE = 1024 * 1024
_BATCH_VARIABLES = {
    "MaxConcurrentTransforms": "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS",
    "MaxPayloadInMB": "SAGEMAKER_MAX_PAYLOAD_IN_MB",
    "BatchStrategy": "SAGEMAKER_BATCH_STRATEGY",
}
_STRATEGY_WORDS = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}


@dataclass(frozen=True)
class TransformPlan:
    """A request, with what the container wished for filled in."""

    batching: Batching
    concurrency: int
    processing: DataProcessing
    headers: Mapping[str, str]
    timeout: float
    retries: int
    assemble_by_line: bool
    compressed: bool


def check_request(request: dict[str, Any]) -> None:
    """Refuse what would not run here as it does on AWS. Raises DataPlaneError naming every such member."""
    found: list[str] = []
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        found.append(f"S3DataType {source['S3DataType']}")
    if request["TransformInput"].get("SplitType", "None") not in ("None", "Line"):
        found.append(f"SplitType {request['TransformInput']['SplitType']}")
    if "DataCaptureConfig" in request:
        found.append("DataCaptureConfig")
    if found:
        raise DataPlaneError(f"the emulator does not run transform jobs with {', '.join(found)}")


def named_containers(model: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The containers of a CreateModel request by name, in order. Raises DataPlaneError if one does not run here.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipeline-batch.html
    """
    containers: list[dict[str, Any]] = model.get("Containers") or [model.get("PrimaryContainer") or {}]
    execution: Mapping[str, str] = model.get("InferenceExecutionConfig") or {}
    if len(containers) > 1 and execution.get("Mode") == "Direct":
        raise DataPlaneError("the emulator does not run transform jobs with containers that callers choose directly")
    for container in containers:
        if container.get("Mode") == "MultiModel" or "ModelDataSource" in container or "Image" not in container:
            raise DataPlaneError(
                "the emulator runs transform jobs with containers of one image and model.tar.gz only"
            )
    return {each.get("ContainerHostname") or f"container-{n}": each for n, each in enumerate(containers, start=1)}


def container_environment(request: dict[str, Any]) -> dict[str, str]:
    """The job's own variables, and those that say that it is one; limits only where the request sets them."""
    given = {
        variable: _STRATEGY_WORDS.get(str(request[member]), str(request[member]))
        for member, variable in _BATCH_VARIABLES.items()
        if member in request
    }
    return {**request.get("Environment", {}), "SAGEMAKER_BATCH": "true", **given}


def plan_of(request: dict[str, Any], wishes: Mapping[str, Any]) -> TransformPlan:
    """The request, completed by the container's wishes. Raises DataPlaneError for what cannot go together."""
    settings = request["TransformInput"]
    by_line = settings.get("SplitType", "None") == "Line"
    content_type = settings.get("ContentType", "")
    accept = request["TransformOutput"].get("Accept", "")
    megabytes = int(request.get("MaxPayloadInMB", wishes.get("MaxPayloadInMB", DEFAULT_PAYLOAD_MEGABYTES)))
    concurrency = int(request.get("MaxConcurrentTransforms") or wishes.get("MaxConcurrentTransforms") or 1)
    if concurrency * megabytes > MOST_PAYLOAD_MEGABYTES:
        raise DataPlaneError(f"{concurrency} concurrent transforms of {megabytes} MB are more than 100 MB")
    strategy = request.get("BatchStrategy") or wishes.get("BatchStrategy") or "MultiRecord"
    client = request.get("ModelClientConfig", {})
    return TransformPlan(
        batching=Batching(
            by_line=by_line,
            single=strategy == "SingleRecord",
            most_bytes=megabytes * _MEGABYTE if megabytes else None,
        ),
        concurrency=concurrency,
        processing=DataProcessing(
            request.get("DataProcessing", {}), content_type.partition(";")[0].strip().lower(), by_line=by_line
        ),
        headers={name: value for name, value in (("Content-Type", content_type), ("Accept", accept)) if value},
        timeout=client.get("InvocationsTimeoutInSeconds", 600),
        retries=client.get("InvocationsMaxRetries", 3),
        assemble_by_line=request["TransformOutput"].get("AssembleWith", "None") == "Line",
        compressed=settings.get("CompressionType", "None") == "Gzip",
    )
