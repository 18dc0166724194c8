"""One model on one fleet of instances behind an endpoint."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sagemaker_constructs.core.service_model import enum_values
from sagemaker_constructs.core.validation import is_token, matches, one_of
from sagemaker_constructs.serving.instance_range import InstanceRange
from sagemaker_constructs.serving.model import Model


@dataclass(frozen=True)
class Variant:
    """``model`` on ``instances`` of ``instance_type``, with a share of the traffic.

    ``weight`` is relative to the sum over all variants of the endpoint. Security Hub asks for at least two
    instances (SageMaker.4); the default of one is the cheap one.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
    """

    model: Model
    instance_type: str
    instances: InstanceRange = field(default_factory=lambda: InstanceRange(1))
    name: str = "AllTraffic"
    weight: float = 1.0

    def problems(self, name: str) -> Iterator[str | None]:
        """What AWS would refuse; ``name`` says which variant it is."""
        yield one_of(f"{name}.instance_type", self.instance_type, enum_values("ProductionVariantInstanceType"))
        yield matches(
            f"{name}.name",
            self.name,
            r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
            "1 to 63 letters, digits and single hyphens",
        )
        if not is_token(self.weight) and self.weight < 0:
            yield f"{name}.weight must be at least 0, got: {self.weight}"
        yield from self.instances.problems(f"{name}.instances")

    def properties(self) -> dict[str, object]:
        """The ``ProductionVariant`` of an endpoint configuration."""
        return {
            "variantName": self.name,
            "modelName": self.model.model_name,
            "instanceType": self.instance_type,
            "initialInstanceCount": self.instances.minimum,
            "initialVariantWeight": self.weight,
        }
