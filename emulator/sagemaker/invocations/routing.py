"""Which container a request goes to, and whether the request names what that container needs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.sagemaker.api.records import Record
from emulator.sagemaker.components.components import InferenceComponents
from emulator.sagemaker.endpoints.fleet import TARGET_HOSTNAME, TARGET_MODEL
from emulator.sagemaker.models.parts import is_multi_model
from emulator.shapes.errors import ServiceError

_COMPONENT = "x-amzn-sagemaker-inference-component"
_VARIANT = "x-amzn-sagemaker-target-variant"


@dataclass(frozen=True)
class Route:
    """Where a request goes.

    Args:
        endpoint: The endpoint's record.
        deployed: The deployment that takes it.
        container: What serves it.
        serverless: The present limits of a serverless variant.
    """

    endpoint: Record
    deployed: Mapping[str, Any]
    container: dict[str, Any]
    serverless: Mapping[str, int] | None = None


class Routing:
    """Chooses containers.

    Args:
        components: Knows what serves an inference component.
        draw: Gives numbers in [0, 1) for weights and traffic shares.
    """

    def __init__(self, components: InferenceComponents, draw: Callable[[], float] = random.random) -> None:
        self._components = components
        self._draw = draw

    def route(self, endpoint: Record, headers: Mapping[str, str]) -> Route:
        """Where a request with these headers goes; raises ServiceError for one that names too little or too much."""
        name, component = endpoint.request["EndpointName"], headers.get(_COMPONENT)
        deployed = self._deployed(endpoint)
        if not any(one["parts"] for one in deployed["deployment"]):
            if not component:
                raise _invalid(
                    "Inference Component Name header is required for endpoints to which you plan to deploy inference "
                    "components. Please include Inference Component Name header or consider using SageMaker models."
                )
            route = Route(endpoint, deployed, self._components.serving(endpoint, component))
        elif component:
            raise _invalid(f"Endpoint {name} hosts no inference components; leave InferenceComponentName out.")
        else:
            route = self._variant(endpoint, deployed, headers.get(_VARIANT))
        _check_targets(str(name), route.container, headers)
        return route

    def _deployed(self, endpoint: Record) -> Mapping[str, Any]:
        """The present deployment, or the one that takes over, by the share of traffic it has already."""
        shift = endpoint.outcome.get("shift")
        return shift if shift and self._draw() < shift["share"] else endpoint.outcome

    def _variant(self, endpoint: Record, deployed: Mapping[str, Any], target: str | None) -> Route:
        summaries = {one["VariantName"]: one for one in deployed["ProductionVariants"]}
        containers = {one["variant"]: one for one in deployed["deployment"] if not one.get("shadow")}
        name = target or self._drawn(summaries)
        if name is None:
            raise _invalid(f"Endpoint {endpoint.request['EndpointName']} has no variant that takes traffic.")
        if name not in containers:
            raise _invalid(f"Variant {name} not found for endpoint {endpoint.request['EndpointName']}.")
        return Route(endpoint, deployed, containers[name], summaries[name].get("CurrentServerlessConfig"))

    def _drawn(self, summaries: Mapping[str, Mapping[str, Any]]) -> str | None:
        mark = self._draw() * sum(float(one["CurrentWeight"]) for one in summaries.values())
        for name, summary in summaries.items():
            weight = float(summary["CurrentWeight"])
            if mark < weight:
                return name
            mark -= weight
        return None


def _check_targets(name: str, container: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    many, model, hostname = is_multi_model(container), headers.get(TARGET_MODEL), headers.get(TARGET_HOSTNAME)
    if many and not model:
        raise _invalid(f"Endpoint {name} is a multi-model endpoint and requires a target model header.")
    if model and not many:
        raise _invalid(f"Endpoint {name} is not a multi-model endpoint and does not support target model header.")
    if bool(hostname) != bool(container.get("direct")):
        rule = "requires" if container.get("direct") else "calls no containers directly and does not support"
        raise _invalid(f"Endpoint {name} {rule} a target container hostname header.")
    known = [part["hostname"] for part in container["parts"]]
    if hostname and hostname not in known:
        raise _invalid(f"Container {hostname} not found for endpoint {name}; it has {', '.join(known)}.")


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationError", message)
