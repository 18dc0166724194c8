"""What AWS rules out for packages of the Marketplace, each beside the same with a package of an own registry.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html
"""

import re
from collections.abc import Callable

import pytest
from aws_cdk import Fn, Stack
from aws_cdk import aws_kms as kms

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_package import ModelPackage
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.rollouts.rollout import (
    AllAtOnceRollout,
    CanaryRollout,
    LinearRollout,
    RollingRollout,
    Rollout,
)
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.variant import Variant

OWN = ModelPackage("arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/3")
BOUGHT = ModelPackage("arn:aws:sagemaker:us-east-1:865070037744:model-package/churn-0123456789abcdef")

Build = Callable[[Stack, kms.IKey, ModelPackage], object]


def _variant(stack: Stack, package: ModelPackage, name: str = "Live") -> Variant:
    return Variant(Model(stack, name, package=package), "ml.c7i.large", InstanceRange(10), name=name)


def _with_shadow(stack: Stack, key: kms.IKey, package: ModelPackage) -> object:
    shadow = _variant(stack, package, "Shadow")
    return RealTimeEndpoint(stack, "Api", variants=[_variant(stack, OWN)], shadow=[shadow], encryption_key=key)


def _serverless(stack: Stack, key: kms.IKey, package: ModelPackage) -> object:
    del key
    isolated = package.of_marketplace
    return ServerlessEndpoint(stack, "Api", model=Model(stack, "Model", package=package, network_isolation=isolated))


def _without_isolation(stack: Stack, key: kms.IKey, package: ModelPackage) -> object:
    del key
    return Model(stack, "Model", package=package, network_isolation=False)


def _moving(rollout: Rollout) -> Build:
    def build(stack: Stack, key: kms.IKey, package: ModelPackage) -> object:
        variants = [_variant(stack, package)]
        return RealTimeEndpoint(stack, "Api", variants=variants, encryption_key=key, rollout=rollout)

    return build


EXCLUDED = [
    (_with_shadow, "shadow[0].model is refused by AWS: A shadow test does not support model packages"),
    (_serverless, "model is refused by AWS: A serverless endpoint does not support model packages"),
    (
        _without_isolation,
        "network_isolation is refused by AWS: A model package of the AWS Marketplace requires network isolation",
    ),
    *(
        (_moving(rollout), "rollout must be an AllAtOnceRollout for a package of the Marketplace, got: Live")
        for rollout in (CanaryRollout(percent=10), LinearRollout(percent=10), RollingRollout(percent=10))
    ),
]


@pytest.mark.parametrize(("build", "problem"), EXCLUDED)
def test_what_was_bought_is_refused(stack: Stack, key: kms.IKey, build: Build, problem: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(problem)):
        build(stack, key, BOUGHT)


@pytest.mark.parametrize(("build", "problem"), EXCLUDED)
def test_what_is_one_s_own_is_allowed(stack: Stack, key: kms.IKey, build: Build, problem: str) -> None:
    del problem
    assert build(stack, key, OWN)


def test_what_was_bought_serves_in_isolation_and_moves_all_at_once(stack: Stack, key: kms.IKey) -> None:
    assert _moving(AllAtOnceRollout())(stack, key, BOUGHT)


def test_an_arn_known_at_deployment_only_is_given_the_benefit_of_the_doubt() -> None:
    assert BOUGHT.of_marketplace
    assert not ModelPackage(Fn.import_value("Package")).of_marketplace
