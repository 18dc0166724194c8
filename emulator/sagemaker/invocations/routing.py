"""Which unit an invocation goes to, and whether it names what that unit needs."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from emulator.containers.invocation import Invocation
from emulator.sagemaker.api.records import Record
from emulator.sagemaker.components.components import InferenceComponents
from emulator.sagemaker.endpoints.deployment import Deployment, deployment_of, shift_of
from emulator.sagemaker.endpoints.units import ServingUnit
from emulator.sagemaker.endpoints.variants import HostedVariant, Serverless
from emulator.sagemaker.models.parts import ModelParts
from emulator.shapes.errors import ServiceError


@dataclass(frozen=True)
class Route:
    """Where an invocation goes.

    Args:
        endpoint: The endpoint's record.
        deployment: The deployment that takes it.
        unit: What serves it.
        serverless: The present limits of a serverless variant.
    """

    endpoint: Record
    deployment: Deployment
    unit: ServingUnit
    serverless: Serverless | None = None

    @property
    def most_concurrent(self) -> int | None:
        """How many requests are served at a time; None without a limit."""
        return self.serverless.max_concurrency if self.serverless else None


class Routing:
    """Chooses units.

    Args:
        components: Knows what serves an inference component.
        draw: Gives numbers in [0, 1) for weights and traffic shares.
    """

    def __init__(self, components: InferenceComponents, draw: Callable[[], float] = random.random) -> None:
        self._components = components
        self._draw = draw

    def route(self, endpoint: Record, invocation: Invocation) -> Route:
        """Where an invocation goes; raises ServiceError for one that names too little or too much."""
        name, component = endpoint.request["EndpointName"], invocation.component
        deployment = self._deployment(endpoint)
        if deployment.hosts_components:
            if not component:
                raise _invalid(
                    "Inference Component Name header is required for endpoints to which you plan to deploy inference "
                    "components. Please include Inference Component Name header or consider using SageMaker models."
                )
            route = Route(endpoint, deployment, self._components.serving(endpoint, component))
        elif component:
            raise _invalid(f"Endpoint {name} hosts no inference components; leave InferenceComponentName out.")
        else:
            route = self._variant(endpoint, deployment, invocation.variant)
        _check_targets(str(name), route.unit.model, invocation)
        return route

    def _deployment(self, endpoint: Record) -> Deployment:
        """The present deployment, or the one that takes over, by the share of traffic it has already."""
        shift = shift_of(endpoint)
        if shift and self._draw() < shift.share:
            return shift.deployment
        deployment = deployment_of(endpoint)
        if deployment is None:
            raise _invalid(f"Endpoint {endpoint.request['EndpointName']} is not in service.")
        return deployment

    def _variant(self, endpoint: Record, deployment: Deployment, target: str | None) -> Route:
        units = {unit.variant: unit for unit in deployment.units if not unit.shadow}
        name = target or self._drawn(deployment.variants)
        if name is None:
            raise _invalid(f"Endpoint {endpoint.request['EndpointName']} has no variant that takes traffic.")
        variant = deployment.variant(name)
        if name not in units or variant is None:
            raise _invalid(f"Variant {name} not found for endpoint {endpoint.request['EndpointName']}.")
        return Route(endpoint, deployment, units[name], variant.serverless)

    def _drawn(self, variants: tuple[HostedVariant, ...]) -> str | None:
        mark = self._draw() * sum(variant.weight for variant in variants)
        for variant in variants:
            if mark < variant.weight:
                return variant.name
            mark -= variant.weight
        return None


def _check_targets(name: str, model: ModelParts, invocation: Invocation) -> None:
    many, hostname = model.is_multi_model, invocation.hostname
    if many and not invocation.model:
        raise _invalid(f"Endpoint {name} is a multi-model endpoint and requires a target model header.")
    if invocation.model and not many:
        raise _invalid(f"Endpoint {name} is not a multi-model endpoint and does not support target model header.")
    if bool(hostname) != model.direct:
        rule = "requires" if model.direct else "calls no containers directly and does not support"
        raise _invalid(f"Endpoint {name} {rule} a target container hostname header.")
    known = [part.hostname for part in model.parts]
    if hostname and hostname not in known:
        raise _invalid(f"Container {hostname} not found for endpoint {name}; it has {', '.join(known)}.")


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationError", message)
