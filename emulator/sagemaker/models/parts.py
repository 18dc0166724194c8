"""From a model to the processes that serve it: one for each of its containers.

What is deployed for a variant or an inference component is called a *container* here; its *parts* are the containers
of its model: none, one, or the 2 to 15 of an inference pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.sagemaker.api.records import Record


def parts_of_model(model: Record, name: str) -> dict[str, Any]:
    """Members of a container that come from its model: `parts`, whether they are called `direct`, a `problem`.

    Args:
        model: The model's record.
        name: Of the container.
    """
    definitions = containers_of(model)
    parts: list[dict[str, Any]] = []
    for number, definition in enumerate(definitions, start=1):
        hostname = definition.get("ContainerHostname") or f"container-{number}"
        own = name if len(definitions) == 1 else f"{name}/{hostname}"
        parts.append({"name": own, "hostname": hostname, **_process(definition)})
    planned: dict[str, Any] = {"parts": parts}
    execution: Mapping[str, str] = model.request.get("InferenceExecutionConfig") or {}
    if execution.get("Mode") == "Direct":
        planned["direct"] = True
    if not all(part["image_uri"] for part in parts):
        planned["problem"] = f"The emulator runs models by their image only; model {model.key} names none."
    return planned


def containers_of(model: Record) -> Sequence[Mapping[str, Any]]:
    """The definitions of a model's containers, none to 15, wherever they stand."""
    primary: Mapping[str, Any] | None = model.request.get("PrimaryContainer")
    packaged: Sequence[Mapping[str, Any]] | None = model.outcome.get("PackagedContainers")
    return packaged or model.request.get("Containers") or ([primary] if primary else [])


def part_of_component(container: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Members of a container that come from an inference component's own container definition."""
    process = _process({**container, "ModelDataUrl": container.get("ArtifactUrl")})
    planned: dict[str, Any] = {"parts": [{"name": name, "hostname": "container-1", **process}]}
    if not process["image_uri"]:
        planned["problem"] = "The emulator runs inference components by their image only; this one names none."
    return planned


def is_multi_model(container: Mapping[str, Any]) -> bool:
    """Whether a container serves many models."""
    return any(part.get("models_url") for part in container["parts"])


def _process(definition: Mapping[str, Any]) -> dict[str, Any]:
    source: Mapping[str, Mapping[str, str]] = definition.get("ModelDataSource") or {}
    data: str | None = definition.get("ModelDataUrl") or source.get("S3DataSource", {}).get("S3Uri")
    process: dict[str, Any] = {
        "image_uri": definition.get("Image", ""),
        "environment": dict(definition.get("Environment") or {}),
        "model_data_url": data,
    }
    if definition.get("Mode") == "MultiModel":
        process["environment"]["SAGEMAKER_MULTI_MODEL"] = "true"
        settings: Mapping[str, str] = definition.get("MultiModelConfig") or {}
        caches = settings.get("ModelCacheSetting") != "Disabled"
        process.update(model_data_url=None, models_url=data, caches_models=caches)
    return process
