"""One model on one fleet of instances behind an endpoint."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sagemaker_constructs.core.instances.instance_types import architecture_problem, volume_problem
from sagemaker_constructs.core.problems import Problem, matches, one_of, within
from sagemaker_constructs.core.rules.instance_types import has_accelerators
from sagemaker_constructs.core.service_model import enum_values
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.startup import Startup

Routing = Literal["least_outstanding_requests", "random"]


@dataclass(frozen=True)
class Variant:
    """``model`` on ``instances`` of ``instance_type``, with a share of the traffic.

    ``weight`` is relative to the sum over all variants of the endpoint. Security Hub asks for at least two
    instances (SageMaker.4); the default of one is the cheap one.

    ``startup`` gives the container time, ``volume_size_gb`` (1 to 512; default: SageMaker's choice) gives it disk,
    which types with local disks have already. ``routing``: "least_outstanding_requests" or "random" (SageMaker's
    default). ``inference_ami`` picks the machine image, and with it the GPU driver.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
    """

    model: Model
    instance_type: str
    instances: InstanceRange = field(default_factory=lambda: InstanceRange(1))
    name: str = "AllTraffic"
    weight: float = 1.0
    startup: Startup = field(default_factory=Startup)
    volume_size_gb: int | None = None
    routing: Routing | None = None
    inference_ami: str | None = None

    def problems(self, *, least: int = 1) -> Iterator[Problem | None]:
        """What AWS would refuse where at least ``least`` instances have to stay."""
        yield one_of("instance_type", self.instance_type, enum_values("ProductionVariantInstanceType"))
        yield matches(
            "name",
            self.name,
            r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
            "1 to 63 letters, digits and single hyphens",
        )
        if not is_token(self.weight) and self.weight < 0:
            yield Problem("weight", f"must be at least 0, got: {self.weight}")
        yield from within("instances", self.instances.problems(least=least))
        yield from within("startup", self.startup.problems())
        for architecture in sorted(self.model.architectures):
            yield architecture_problem("instance_type", self.instance_type, architecture)
        yield volume_problem("volume_size_gb", self.volume_size_gb, self.instance_type)
        if self.routing is not None:
            yield one_of("routing", self.routing, ["least_outstanding_requests", "random"])
        if self.inference_ami is not None:
            amis = enum_values("ProductionVariantInferenceAmiVersion")
            yield one_of("inference_ami", self.inference_ami, amis)

    def properties(self) -> dict[str, object]:
        """The ``ProductionVariant`` of an endpoint configuration."""
        properties: dict[str, object] = {
            "variantName": self.name,
            "modelName": self.model.model_name,
            "instanceType": self.instance_type,
            "initialInstanceCount": self.instances.initial,
            "initialVariantWeight": self.weight,
            **self.startup.properties(),
        }
        if self.volume_size_gb is not None:
            properties["volumeSizeInGb"] = self.volume_size_gb
        if self.routing is not None:
            properties["routingConfig"] = {"routingStrategy": self.routing.upper()}
        if self.inference_ami is not None:
            properties["inferenceAmiVersion"] = self.inference_ami
        return properties


def weights_problem(path: str, weights: Sequence[float]) -> Problem | None:
    """Rule: traffic is shared by weight, so that at least one is above 0."""
    if not weights or any(weights):
        return None
    return Problem(path, "must have at least one weight above 0, got: 0 for all")


def missing_accelerators(variants: Sequence[Variant]) -> Iterator[str]:
    """A reason for each variant whose instances have no accelerators, where a workload needs some."""
    for variant in variants:
        if not has_accelerators(variant.instance_type):
            yield f"{variant.name} runs on {variant.instance_type}, which has no accelerators"
