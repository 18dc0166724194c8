"""From a model to the processes that serve it: one for each of its containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.containers.hosting import ContainerSpec
from emulator.sagemaker.api.records import Record

STARTUP_SECONDS = 120


@dataclass(frozen=True)
class Part:
    """One container of a model: its name for callers, and what it runs."""

    hostname: str
    container: ContainerSpec


@dataclass(frozen=True)
class ModelParts:
    """The containers of a model: none, one, or the 2 to 15 of an inference pipeline.

    Args:
        parts: In the order in which they are called.
        direct: Whether callers choose one of them, instead of getting the answer of all.
        problem: Why they cannot be run here; None when they can.
    """

    parts: tuple[Part, ...] = ()
    direct: bool = False
    problem: str | None = None

    @property
    def is_multi_model(self) -> bool:
        """Whether a container serves many models."""
        return any(part.container.models_url for part in self.parts)

    @property
    def is_pipeline(self) -> bool:
        """Whether there are several containers."""
        return len(self.parts) > 1


def parts_of_model(model: Record, name: str = "", startup_seconds: float = STARTUP_SECONDS) -> ModelParts:
    """The containers of a model.

    Args:
        model: The model's record.
        name: Of what they serve, below which each has its own.
        startup_seconds: How long each may take until the first good ping.
    """
    definitions = containers_of(model)
    parts: list[Part] = []
    for number, definition in enumerate(definitions, start=1):
        hostname = definition.get("ContainerHostname") or f"container-{number}"
        own = name if len(definitions) == 1 else f"{name}/{hostname}"
        parts.append(Part(hostname, _container(own, definition, startup_seconds)))
    execution: Mapping[str, str] = model.request.get("InferenceExecutionConfig") or {}
    known = all(part.container.image_uri for part in parts)
    return ModelParts(
        tuple(parts),
        direct=execution.get("Mode") == "Direct",
        problem=None if known else f"The emulator runs models by their image only; model {model.key} names none.",
    )


def parts_of_component(definition: Mapping[str, Any], name: str, startup_seconds: float) -> ModelParts:
    """The container that an inference component defines itself."""
    container = _container(name, {**definition, "ModelDataUrl": definition.get("ArtifactUrl")}, startup_seconds)
    problem = "The emulator runs inference components by their image only; this one names none."
    return ModelParts((Part("container-1", container),), problem=None if container.image_uri else problem)


def containers_of(model: Record) -> Sequence[Mapping[str, Any]]:
    """The definitions of a model's containers, none to 15, wherever they stand."""
    primary: Mapping[str, Any] | None = model.request.get("PrimaryContainer")
    packaged: Sequence[Mapping[str, Any]] | None = model.outcome.get("PackagedContainers")
    return packaged or model.request.get("Containers") or ([primary] if primary else [])


def _container(name: str, definition: Mapping[str, Any], startup_seconds: float) -> ContainerSpec:
    source: Mapping[str, Mapping[str, str]] = definition.get("ModelDataSource") or {}
    data: str | None = definition.get("ModelDataUrl") or source.get("S3DataSource", {}).get("S3Uri")
    image, environment = definition.get("Image", ""), dict(definition.get("Environment") or {})
    if definition.get("Mode") != "MultiModel":
        return ContainerSpec(name, image, environment, data, startup_seconds)
    settings: Mapping[str, str] = definition.get("MultiModelConfig") or {}
    return ContainerSpec(
        name,
        image,
        {**environment, "SAGEMAKER_MULTI_MODEL": "true"},
        startup_timeout_seconds=startup_seconds,
        models_url=data,
        caches_models=settings.get("ModelCacheSetting") != "Disabled",
    )
