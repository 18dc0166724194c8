"""Combinations that AWS rejects and that the signatures rule out, beside the one that it allows."""

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.variants.variant import Variant


@pytest.fixture
def model(stack: Stack) -> Model:
    return Model(stack, "Churn", image=ModelImage.from_directory("tests/unit/image"), network_isolation=False)


@pytest.fixture
def excluded(model: Model, bucket: s3.IBucket) -> Mapping[str, Any]:
    return {
        "shadow": [Variant(model, "ml.c7i.large", name="Shadow")],
        "capture": DataCapture(bucket=bucket),
    }


@pytest.mark.parametrize("option", ["shadow", "capture"])
def test_real_time_endpoints_take_both(
    stack: Stack, key: kms.IKey, model: Model, excluded: Mapping[str, Any], option: str
) -> None:
    chosen = {option: excluded[option]}
    RealTimeEndpoint(stack, "Api", variants=[Variant(model, "ml.c7i.large")], encryption_key=key, **chosen)


@pytest.mark.parametrize("option", ["shadow", "capture"])
def test_serverless_endpoints_take_neither(
    stack: Stack, model: Model, excluded: Mapping[str, Any], option: str
) -> None:
    chosen = {option: excluded[option]}
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{option}'"):
        ServerlessEndpoint(stack, "Api", model=model, **chosen)


@pytest.mark.parametrize("option", ["shadow", "capture"])
def test_asynchronous_endpoints_take_neither(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model, excluded: Mapping[str, Any], option: str
) -> None:
    given: dict[str, Any] = {"model": model, "instance_type": "ml.c7i.large", "output": bucket, "encryption_key": key}
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{option}'"):
        AsyncEndpoint(stack, "Api", **given, **{option: excluded[option]})
