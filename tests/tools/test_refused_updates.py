"""Updates that SageMaker would refuse are found by comparing templates."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.variant import Variant
from tools.refused_updates import refused_updates


def _template(*variants: tuple[str, str], scaled: bool = True) -> dict[str, Any]:
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(region="us-east-1"))
    model = Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image"))
    given = [Variant(model, kind, InstanceRange(1, 2), name=name) for name, kind in variants]
    endpoint = RealTimeEndpoint(stack, "Api", variants=given)
    if scaled:
        endpoint.scale_on_invocations(per_instance_per_minute=60)
    return dict(Template.from_stack(stack).to_json())


DEPLOYED = (("Live", "ml.c7i.large"), ("Second", "ml.c7i.large"))


@pytest.mark.parametrize(
    ("variants", "scaled", "rules"),
    [
        ((("Live", "ml.c7i.xlarge"), DEPLOYED[1]), True, ["scaled-variants-stay-as-they-are"]),
        ((DEPLOYED[0], ("Second", "ml.c7i.xlarge")), True, []),
        ((("Live", "ml.c7i.xlarge"), DEPLOYED[1]), False, []),
        ((DEPLOYED[0], ("Third", "ml.c7i.large")), True, ["deployments-keep-the-names-of-variants"]),
        (DEPLOYED, True, []),
    ],
    ids=["another type", "another type of what does not scale", "without scaling", "another name", "the same"],
)
def test_an_update_is_refused(variants: tuple[tuple[str, str], ...], scaled: bool, rules: list[str]) -> None:
    found = refused_updates(_template(*DEPLOYED, scaled=scaled), _template(*variants))
    assert [breach.rule.id for _, breach in found] == rules


def test_what_is_new_is_no_update() -> None:
    assert not list(refused_updates({}, _template(*DEPLOYED)))
