"""Variants of an endpoint: their weights, counts and concurrencies, and how Describe shows them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from emulator.sagemaker.models.parts import ModelParts

_COUNTED = ("Weight", "InstanceCount", "ServerlessConfig")


@dataclass(frozen=True)
class Serverless:
    """Limits of a serverless variant."""

    max_concurrency: int
    provisioned: int | None = None
    memory_megabytes: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, int]) -> Serverless:
        """The limits of a ServerlessConfig."""
        return cls(given["MaxConcurrency"], given.get("ProvisionedConcurrency"), given.get("MemorySizeInMB"))

    def changed(self, given: Mapping[str, int]) -> Serverless:
        """The limits after a ServerlessUpdateConfig."""
        most = given.get("MaxConcurrency", self.max_concurrency)
        return replace(self, max_concurrency=most, provisioned=given.get("ProvisionedConcurrency", self.provisioned))

    def described(self) -> dict[str, int]:
        """The ServerlessConfig."""
        members = {
            "MemorySizeInMB": self.memory_megabytes,
            "MaxConcurrency": self.max_concurrency,
            "ProvisionedConcurrency": self.provisioned,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True)
class HostedVariant:
    """A variant as it is deployed; what is desired of it is always there at once.

    Args:
        name: Its name.
        weight: Its weight.
        instances: How many; None for a serverless variant.
        serverless: Its limits, if it is one.
        shown: Further members that Describe shows.
    """

    name: str
    weight: float
    instances: int | None = None
    serverless: Serverless | None = None
    shown: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def planned(cls, given: Mapping[str, Any], model: ModelParts) -> HostedVariant:
        """What a variant of an endpoint configuration becomes."""
        shown = {name: given[name] for name in ("ManagedInstanceScaling", "RoutingConfig") if name in given}
        if model.parts:
            now, images = time.time(), [part.container.image_uri for part in model.parts]
            shown["DeployedImages"] = [
                {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": now} for image in images
            ]
        serverless = Serverless.read(given["ServerlessConfig"]) if "ServerlessConfig" in given else None
        count = None if serverless else given.get("InitialInstanceCount", 1)
        return cls(given["VariantName"], given.get("InitialVariantWeight", 1.0), count, serverless, shown)

    @classmethod
    def read(cls, summary: Mapping[str, Any]) -> HostedVariant:
        """The variant that `described` has given."""
        serverless = summary.get("CurrentServerlessConfig")
        counted = ("VariantName", *(f"{time_}{name}" for time_ in ("Current", "Desired") for name in _COUNTED))
        return cls(
            summary["VariantName"],
            summary["CurrentWeight"],
            summary.get("CurrentInstanceCount"),
            Serverless.read(serverless) if serverless else None,
            {name: value for name, value in summary.items() if name not in counted},
        )

    def described(self) -> dict[str, Any]:
        """The summary that DescribeEndpoint shows."""
        counts: dict[str, Any] = {"Weight": self.weight}
        if self.instances is not None:
            counts["InstanceCount"] = self.instances
        if self.serverless:
            counts["ServerlessConfig"] = self.serverless.described()
        return {
            "VariantName": self.name,
            **{f"Current{name}": value for name, value in counts.items()},
            **{f"Desired{name}": value for name, value in counts.items()},
            **self.shown,
        }

    def retaining(self, before: HostedVariant, excluded: Collection[str]) -> HostedVariant:
        """The variant with what UpdateEndpoint retains of an earlier one, but for these VariantPropertyTypes."""
        retained = self if "DesiredWeight" in excluded else replace(self, weight=before.weight)
        if "DesiredInstanceCount" in excluded or None in (self.instances, before.instances):
            return retained
        return replace(retained, instances=before.instances)

    def managed_count(self, needed: bool) -> int | None:
        """Instances that managed instance scaling wants; None where it is not enabled.

        Args:
            needed: Whether any inference component has a copy.
        """
        managed: Mapping[str, Any] = self.shown.get("ManagedInstanceScaling") or {}
        if managed.get("Status") != "ENABLED":
            return None
        wanted = min(managed.get("MaxInstanceCount", int(needed)), int(needed))
        return max(int(managed.get("MinInstanceCount", 1)), wanted)
