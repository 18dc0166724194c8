"""Deployments are kept in records and read again, also those of earlier emulators."""

from typing import Any

from emulator.containers.hosting import ContainerSpec
from emulator.sagemaker.api.records import Record
from emulator.sagemaker.endpoints.deployment import Deployment, Shift, shift_of
from emulator.sagemaker.endpoints.settings import AsyncInferenceConfig, DataCaptureConfig
from emulator.sagemaker.endpoints.units import ServingUnit
from emulator.sagemaker.endpoints.variants import HostedVariant, Serverless
from emulator.sagemaker.models.parts import ModelParts, Part

KEPT: dict[str, Any] = {
    "deployment": [
        {
            "name": "live/blue/0123abcd",
            "variant": "blue",
            "weight": 2.0,
            "startup_timeout_seconds": 120,
            "parts": [
                {
                    "name": "live/blue/0123abcd",
                    "hostname": "container-1",
                    "image_uri": "image:1",
                    "environment": {"SAGEMAKER_MULTI_MODEL": "true"},
                    "model_data_url": None,
                    "models_url": "s3://models/",
                    "caches_models": False,
                }
            ],
        },
        {
            "name": "live/copy/89abcdef",
            "variant": "copy",
            "weight": 1.0,
            "startup_timeout_seconds": 300,
            "parts": [],
            "direct": True,
            "shadow": True,
        },
    ],
    "EndpointConfigName": "configuration",
    "ProductionVariants": [
        {
            "VariantName": "blue",
            "CurrentWeight": 2.0,
            "DesiredWeight": 2.0,
            "CurrentInstanceCount": 3,
            "DesiredInstanceCount": 3,
            "RoutingConfig": {"RoutingStrategy": "RANDOM"},
        }
    ],
    "ShadowProductionVariants": [
        {
            "VariantName": "copy",
            "CurrentWeight": 1.0,
            "DesiredWeight": 1.0,
            "CurrentServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 5},
            "DesiredServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 5},
        }
    ],
    "capture": {
        "EnableCapture": True,
        "InitialSamplingPercentage": 20,
        "DestinationS3Uri": "s3://captured/",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    },
    "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://answers"}},
}
"""The members of an outcome as the first emulators that had deployments have saved them."""

READ = Deployment(
    configuration="configuration",
    units=(
        ServingUnit(
            "live/blue/0123abcd",
            "blue",
            ModelParts(
                (
                    Part(
                        "container-1",
                        ContainerSpec(
                            "live/blue/0123abcd",
                            "image:1",
                            {"SAGEMAKER_MULTI_MODEL": "true"},
                            startup_timeout_seconds=120,
                            models_url="s3://models/",
                            caches_models=False,
                        ),
                    ),
                )
            ),
        ),
        ServingUnit("live/copy/89abcdef", "copy", ModelParts(direct=True), shadow=True),
    ),
    variants=(HostedVariant("blue", 2.0, 3, shown={"RoutingConfig": {"RoutingStrategy": "RANDOM"}}),),
    shadows=(HostedVariant("copy", 1.0, serverless=Serverless(5, memory_megabytes=1024)),),
    asynchronous=AsyncInferenceConfig(KEPT["AsyncInferenceConfig"]),
    capture=DataCaptureConfig(KEPT["capture"]),
)


def test_what_earlier_emulators_have_saved_is_read() -> None:
    assert Deployment.read(KEPT) == READ


def test_what_is_kept_is_read_as_it_was() -> None:
    assert Deployment.read(READ.members()) == READ


def test_a_variant_shows_what_it_showed() -> None:
    assert READ.members()["ProductionVariants"] == KEPT["ProductionVariants"]
    assert READ.members()["ShadowProductionVariants"] == KEPT["ShadowProductionVariants"]


def test_an_endpoint_that_was_never_in_service_has_none() -> None:
    assert Deployment.read({"EndpointConfigName": "configuration", "EndpointStatus": "Failed"}) is None


def test_a_shift_is_read_with_its_share() -> None:
    outcome = {**KEPT, "shift": {**KEPT, "share": 0.25}}
    assert shift_of(Record("Endpoint", "live", "arn", {}, outcome, {}, "123456789012", "us-east-1")) == Shift(
        READ, 0.25
    )


def test_a_component_is_kept_without_its_copies() -> None:
    container = ContainerSpec("component", "image:1", {"A": "b"}, "s3://model.tar.gz", 60)
    unit = ServingUnit(
        "component", "blue", ModelParts((Part("container-1", container),)), component="ranker", copies=3
    )
    assert ServingUnit.restored(unit.saved()) == ServingUnit("component", "blue", unit.model, component="ranker")
