"""Instance types that break a rule."""

from aws_cdk import Stack

from harness.rules.case import Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint


def _target(endpoint: str) -> Request:
    return {
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "ResourceId": f"endpoint/{endpoint}/variant/one",
        "MinCapacity": 1,
        "MaxCapacity": 2,
    }


def _scaled(stack: Stack) -> None:
    model = Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image"))
    endpoint = RealTimeEndpoint(stack, "Api", model=model, instance_type="ml.t2.medium")
    endpoint.scale_on_invocations(per_instance_per_minute=60)


CASES = {
    "burstable-instances-do-not-scale": RuleCase(
        refused=_target("burstable"), taken=_target("steady"), synth=_scaled
    ),
}
