"""What an endpoint serves with: its units, the counts and weights of its variants, and settings, all unchangeable.

A record keeps a deployment as members of its outcome, most of which are what Describe shows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.sagemaker.api.records import Record
from emulator.sagemaker.endpoints.settings import AsyncInferenceConfig, DataCaptureConfig
from emulator.sagemaker.endpoints.units import ServingUnit
from emulator.sagemaker.endpoints.variants import HostedVariant


@dataclass(frozen=True)
class Deployment:
    """A deployment.

    Args:
        configuration: Name of the endpoint configuration.
        units: What serves the variants, the shadows' last.
        variants: Production variants.
        shadows: Shadow variants.
        asynchronous: Settings of an asynchronous endpoint; None for any other.
        capture: Settings of data capture; None without it.
    """

    configuration: str
    units: tuple[ServingUnit, ...]
    variants: tuple[HostedVariant, ...]
    shadows: tuple[HostedVariant, ...] = ()
    asynchronous: AsyncInferenceConfig | None = None
    capture: DataCaptureConfig | None = None

    @property
    def instances(self) -> int:
        """Instances of all production variants."""
        return sum(variant.instances or 0 for variant in self.variants)

    @property
    def hosts_components(self) -> bool:
        """Whether the variants have no models of their own."""
        return not any(unit.model.parts for unit in self.units)

    def variant(self, name: str) -> HostedVariant | None:
        """The production variant of this name."""
        return next((variant for variant in self.variants if variant.name == name), None)

    def instances_of(self, name: str) -> int:
        """Instances of a production or shadow variant; 0 for serverless ones and for none."""
        return next((one.instances or 0 for one in (*self.variants, *self.shadows) if one.name == name), 0)

    def with_variants(self, changed: Mapping[str, HostedVariant]) -> Deployment:
        """The same with other counts and weights of production variants, by their names."""
        return replace(self, variants=tuple(changed.get(variant.name, variant) for variant in self.variants))

    def retaining(self, before: Deployment | None, excluded: Collection[str]) -> Deployment:
        """Take over from the present deployment what UpdateEndpoint retains, but for these VariantPropertyTypes."""
        kept = {variant.name: variant for variant in before.variants} if before else {}
        variants = {
            variant.name: variant.retaining(kept[variant.name], excluded)
            for variant in self.variants
            if variant.name in kept
        }
        return self.with_variants(variants)

    def members(self) -> dict[str, Any]:
        """The members of an endpoint's outcome; None for those that are not there."""
        return {
            "deployment": [unit.saved() for unit in self.units],
            "EndpointConfigName": self.configuration,
            "ProductionVariants": [variant.described() for variant in self.variants],
            "ShadowProductionVariants": [variant.described() for variant in self.shadows] or None,
            "AsyncInferenceConfig": self.asynchronous.given if self.asynchronous else None,
            "capture": self.capture.given if self.capture else None,
            "DataCaptureConfig": self.capture.described() if self.capture else None,
        }

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Deployment | None:
        """The deployment that an outcome has; None before there is one."""
        if not members.get("deployment"):
            return None
        asynchronous, capture = members.get("AsyncInferenceConfig"), members.get("capture")
        return cls(
            configuration=members["EndpointConfigName"],
            units=tuple(ServingUnit.restored(unit) for unit in members["deployment"]),
            variants=_variants(members["ProductionVariants"]),
            shadows=_variants(members.get("ShadowProductionVariants") or ()),
            asynchronous=AsyncInferenceConfig(asynchronous) if asynchronous else None,
            capture=DataCaptureConfig(capture) if capture else None,
        )


@dataclass(frozen=True)
class Shift:
    """A deployment that takes over, and the share of the traffic that it gets already."""

    deployment: Deployment
    share: float


def deployment_of(endpoint: Record) -> Deployment | None:
    """What an endpoint serves with at present; None before it is in service for the first time."""
    return Deployment.read(endpoint.outcome)


def shift_of(endpoint: Record) -> Shift | None:
    """What takes over from an endpoint's deployment; None when nothing does."""
    kept: Mapping[str, Any] | None = endpoint.outcome.get("shift")
    deployment = Deployment.read(kept) if kept else None
    return Shift(deployment, kept["share"]) if kept and deployment else None


def _variants(summaries: Sequence[Mapping[str, Any]]) -> tuple[HostedVariant, ...]:
    return tuple(HostedVariant.read(summary) for summary in summaries)
