"""An update of an endpoint fights neither its autoscaling nor its weights when it is told so."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, refused, settled
from harness.serving_endpoints import configure, deploy, variant

CAPTURE = {
    "InitialSamplingPercentage": 7,
    "DestinationS3Uri": "s3://kept",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


@pytest.fixture
def scaled(sagemaker: Any, echo_image: str) -> Iterator[str]:
    """An endpoint with capture whose variant was scaled to four instances and weighs three."""
    name = deploy(
        sagemaker,
        f"scaled-{time.monotonic_ns()}",
        [variant(sagemaker, "main", echo_image)],
        DataCaptureConfig=CAPTURE,
    )
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": 4, "DesiredWeight": 3}],
    )
    configure(sagemaker, f"{name}-next", [variant(sagemaker, "main", echo_image)])
    yield name
    sagemaker.delete_endpoint(EndpointName=name)


@pytest.mark.parametrize(
    ("options", "count", "weight"),
    [
        ({}, 1, 1.0),
        ({"RetainAllVariantProperties": True}, 4, 3.0),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
            },
            4,
            1.0,
        ),
    ],
)
def test_update(sagemaker: Any, scaled: str, options: dict[str, Any], count: int, weight: float) -> None:
    sagemaker.update_endpoint(EndpointName=scaled, EndpointConfigName=f"{scaled}-next", **options)
    described = settled(sagemaker, scaled)
    (main,) = described["ProductionVariants"]
    assert described["EndpointConfigName"] == f"{scaled}-next"
    assert (main["CurrentInstanceCount"], main["DesiredInstanceCount"]) == (count, count)
    assert (main["CurrentWeight"], main["DesiredWeight"]) == (weight, weight)
    assert "DataCaptureConfig" not in described, "data capture follows the new configuration"


def test_counts_that_are_refused(sagemaker: Any, scaled: str) -> None:
    change = {"VariantName": "main", "DesiredInstanceCount": 0}
    code, message = refused(
        sagemaker.update_endpoint_weights_and_capacities,
        EndpointName=scaled,
        DesiredWeightsAndCapacities=[change],
    )
    assert code == "ValidationException"
    assert "must be at least 1, got: 0" in message


def test_cloudformation_keeps_the_scaled_count(client: Clients, sagemaker: Any, echo_image: str) -> None:
    cloudformation = client("cloudformation")

    def template(mark: str) -> str:
        container = {"Image": echo_image, "Environment": {"MARK": mark}}
        model = {"ExecutionRoleArn": ROLE, "PrimaryContainer": container}
        main = {
            "VariantName": "main",
            "ModelName": {"Fn::GetAtt": [f"Model{mark}", "ModelName"]},
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": 1,
        }
        configuration = {"ProductionVariants": [main]}
        endpoint = {
            "EndpointName": "kept-count",
            "EndpointConfigName": {"Fn::GetAtt": [f"Config{mark}", "EndpointConfigName"]},
            "RetainAllVariantProperties": True,
        }
        resources = {f"Model{mark}": ("Model", model), f"Config{mark}": ("EndpointConfig", configuration)}
        return json.dumps(
            {
                "Resources": {
                    name: {"Type": f"AWS::SageMaker::{kind}", "Properties": properties}
                    for name, (kind, properties) in {**resources, "Endpoint": ("Endpoint", endpoint)}.items()
                }
            }
        )

    cloudformation.create_stack(StackName="kept-count", TemplateBody=template("One"))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="kept-count", WaiterConfig={"Delay": 1})
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="kept-count",
        DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": 3}],
    )
    cloudformation.update_stack(StackName="kept-count", TemplateBody=template("Two"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="kept-count", WaiterConfig={"Delay": 1})
    described = sagemaker.describe_endpoint(EndpointName="kept-count")
    assert described["ProductionVariants"][0]["DesiredInstanceCount"] == 3
    cloudformation.delete_stack(StackName="kept-count")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="kept-count", WaiterConfig={"Delay": 1})
