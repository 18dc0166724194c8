"""Combinations that CreateModel and CreateEndpointConfig refuse, each beside one that they take."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from harness.aws_clients import AWS_IMAGE, ROLE, model, refused

ON_INSTANCES = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 2}}
CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
ASYNC = {"OutputConfig": {"S3OutputPath": "s3://answers"}}
VPC = {"Subnets": ["subnet-0a1b2c3d"], "SecurityGroupIds": ["sg-0a1b2c3d"]}
TWO = [{"Image": AWS_IMAGE, "ContainerHostname": name} for name in ("first", "second")]
MODELS: Mapping[str, Mapping[str, Any]] = {
    "plain": {"PrimaryContainer": {"Image": AWS_IMAGE}},
    "isolated": {"PrimaryContainer": {"Image": AWS_IMAGE}, "EnableNetworkIsolation": True},
    "private": {"PrimaryContainer": {"Image": AWS_IMAGE}, "VpcConfig": VPC},
    "many": {"PrimaryContainer": {"Image": AWS_IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/"}},
    "serial": {"Containers": TWO},
    "direct": {"Containers": TWO, "InferenceExecutionConfig": {"Mode": "Direct"}},
}


@pytest.fixture(scope="module")
def models(client: Any) -> Mapping[str, str]:
    """Names of the models, by what is special of them."""
    sagemaker, names = client("sagemaker"), dict[str, str]()
    for kind, settings in MODELS.items():
        names[kind] = f"{kind}-{time.monotonic_ns()}"
        sagemaker.create_model(ModelName=names[kind], ExecutionRoleArn=ROLE, **settings)
    return names


def configuration(
    models: Mapping[str, str],
    kind: str | None = "plain",
    settings: Mapping[str, Any] = ON_INSTANCES,
    variants: int = 1,
    shadow: str | None = None,
    **members: Any,
) -> dict[str, Any]:
    of = {"ModelName": models[kind]} if kind else {}
    made: dict[str, Any] = {
        "EndpointConfigName": f"combined-{time.monotonic_ns()}",
        "ProductionVariants": [{"VariantName": f"v{number}", **of, **settings} for number in range(variants)],
        **members,
    }
    if shadow:
        made["ShadowProductionVariants"] = [{"VariantName": "shadow", "ModelName": models[shadow], **ON_INSTANCES}]
    return made


@pytest.mark.parametrize(
    "asked",
    [
        {"variants": 2, "DataCaptureConfig": CAPTURE},
        {"settings": SERVERLESS},
        {"kind": "private"},
        {"kind": "many"},
        {"kind": "serial", "AsyncInferenceConfig": ASYNC},
        {"kind": "direct"},
        {"shadow": "plain", "DataCaptureConfig": CAPTURE},
        {"kind": None, "ExecutionRoleArn": ROLE},
    ],
)
def test_taken(sagemaker: Any, models: Mapping[str, str], asked: Mapping[str, Any]) -> None:
    wanted = configuration(models, **asked)
    sagemaker.create_endpoint_config(**wanted)
    sagemaker.delete_endpoint_config(EndpointConfigName=wanted["EndpointConfigName"])


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"settings": SERVERLESS, "DataCaptureConfig": CAPTURE}, "Serverless endpoints do not support data capture."),
        ({"settings": SERVERLESS, "AsyncInferenceConfig": ASYNC}, "do not support asynchronous inference."),
        ({"settings": SERVERLESS, "shadow": "plain"}, "Serverless endpoints do not support shadow variants."),
        ({"settings": SERVERLESS, "KmsKeyId": "alias/mine"}, "Serverless endpoints do not support KMS keys."),
        ({"settings": SERVERLESS, "variants": 2}, "Serverless endpoints have one variant only."),
        ({"settings": SERVERLESS, "kind": "private"}, "do not support VPC configurations."),
        ({"settings": SERVERLESS, "kind": "isolated"}, "do not support network isolation."),
        ({"settings": SERVERLESS, "kind": "many"}, "Serverless endpoints do not support multi-model containers."),
        ({"settings": SERVERLESS, "kind": "serial"}, "Serverless endpoints do not support inference pipelines."),
        ({"settings": {**SERVERLESS, **ON_INSTANCES}}, "needs either an InstanceType or a ServerlessConfig."),
        (
            {"settings": {"ServerlessConfig": {**SERVERLESS["ServerlessConfig"], "ProvisionedConcurrency": 3}}},
            "must be at most its MaxConcurrency (2), got: 3.",
        ),
        ({"AsyncInferenceConfig": ASYNC, "variants": 2}, "Asynchronous endpoints have one variant only."),
        ({"AsyncInferenceConfig": ASYNC, "kind": "many"}, "do not support multi-model containers."),
        ({"AsyncInferenceConfig": ASYNC, "kind": "direct"}, "that are invoked directly."),
        ({"AsyncInferenceConfig": ASYNC, "shadow": "plain"}, "do not support shadow variants."),
        ({"shadow": "plain", "variants": 2}, "one production variant and one shadow variant."),
        ({"shadow": "many"}, "Shadow tests do not support multi-model containers."),
        ({"shadow": "serial"}, "Shadow tests do not support models of several containers."),
        ({"kind": None}, "ExecutionRoleArn is required for variants without a model"),
        (
            {"settings": {**ON_INSTANCES, "ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": 0}}},
            "only supported for inference component endpoints.",
        ),
    ],
)
def test_refused(sagemaker: Any, models: Mapping[str, str], asked: Mapping[str, Any], reason: str) -> None:
    wanted = configuration(models, **asked)
    code, message = refused(sagemaker.create_endpoint_config, **wanted)
    assert (code, reason in message) == ("ValidationException", True), message
    name = {"EndpointConfigName": wanted["EndpointConfigName"]}
    assert "Could not find" in refused(sagemaker.describe_endpoint_config, **name)[1]


def test_variants_have_names_of_their_own_and_models_or_none(sagemaker: Any, models: Mapping[str, str]) -> None:
    twice = configuration(models)
    twice["ProductionVariants"] *= 2
    assert "VariantName must be unique" in refused(sagemaker.create_endpoint_config, **twice)[1]
    mixed = configuration(models)
    mixed["ProductionVariants"].append({"VariantName": "without", **ON_INSTANCES})
    assert "Either every variant has a model, or none." in refused(sagemaker.create_endpoint_config, **mixed)[1]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"PrimaryContainer": {"Image": AWS_IMAGE}, "Containers": TWO}, "not both"),
        (
            {"Containers": [{"Image": AWS_IMAGE}] * 2, "InferenceExecutionConfig": {"Mode": "Direct"}},
            "needs a ContainerHostname",
        ),
        ({"Containers": [TWO[0], TWO[0]]}, "must be unique"),
    ],
)
def test_models_refused(sagemaker: Any, settings: Mapping[str, Any], reason: str) -> None:
    code, message = refused(sagemaker.create_model, ModelName="refused", ExecutionRoleArn=ROLE, **settings)
    assert (code, reason in message) == ("ValidationException", True)
    assert model(sagemaker, f"taken-{time.monotonic_ns()}")
