from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Match, Template

from harness.api_shapes import problems_of_resource
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.scaling.provisioned_concurrency import ProvisionedConcurrency

IMAGE = ModelImage.from_directory("tests/unit/image")


@pytest.fixture
def model(stack: Stack) -> Model:
    return Model(stack, "Churn", image=IMAGE, network_isolation=False)


def _configuration(stack: Stack) -> dict[str, Any]:
    template = Template.from_stack(stack)
    for kind in ("Endpoint", "EndpointConfig", "Model"):
        for resource in template.find_resources(f"AWS::SageMaker::{kind}").values():
            assert problems_of_resource(kind, resource["Properties"]) == []
    [configuration] = template.find_resources("AWS::SageMaker::EndpointConfig").values()
    return configuration["Properties"]


def test_defaults(stack: Stack, model: Model) -> None:
    endpoint = ServerlessEndpoint(stack, "Api", model=model)
    assert _configuration(stack)["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "ModelName": stack.resolve(model.model_name),
            "InitialVariantWeight": 1,
            "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 20},
        }
    ]
    Template.from_stack(stack).has_resource_properties(
        "AWS::SageMaker::Endpoint", {"EndpointName": endpoint.endpoint_name, "DeploymentConfig": Match.absent()}
    )


def test_provisioned_concurrency_scales_in_its_own_dimension(stack: Stack, model: Model) -> None:
    endpoint = ServerlessEndpoint(
        stack,
        "Api",
        model=model,
        memory_mb=6144,
        maximum_concurrency=200,
        provisioned=ProvisionedConcurrency(2, 10),
    )
    endpoint.scale_on_utilization(percent=50)
    endpoint.scale_on_schedule("Night", schedule="cron(0 20 * * ? *)", concurrency=ProvisionedConcurrency(1, 2))
    assert _configuration(stack)["ProductionVariants"][0]["ServerlessConfig"]["ProvisionedConcurrency"] == 2
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "ScalableDimension": "sagemaker:variant:DesiredProvisionedConcurrency",
            "MinCapacity": 2,
            "MaxCapacity": 10,
            "ScheduledActions": [
                Match.object_like({"ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": 2}}),
            ],
        },
    )
    template.has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 0.5,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerVariantProvisionedConcurrencyUtilization"
                },
            }
        },
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"memory_mb": 1536}, "memory_mb must be a multiple of 1024 between 1024 and 6144, got: 1536"),
        ({"memory_mb": 7168}, "memory_mb must be a multiple of 1024 between 1024 and 6144, got: 7168"),
        ({"maximum_concurrency": 0}, "maximum_concurrency must be between 1 and 200, got: 0"),
        ({"maximum_concurrency": 201}, "maximum_concurrency must be between 1 and 200, got: 201"),
        ({"provisioned": ProvisionedConcurrency(0, 2)}, r"provisioned\.minimum must be at least 1, got: 0"),
        ({"provisioned": ProvisionedConcurrency(2, 21)}, r"provisioned must be at most maximum_concurrency \(20\)"),
        ({"variant_name": "a_b"}, "variant_name must be 1 to 63 letters, digits and single hyphens"),
    ],
)
def test_numbers_that_aws_refuses(stack: Stack, model: Model, arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        ServerlessEndpoint(stack, "Api", model=model, **arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"memory_mb": 1024, "maximum_concurrency": 1, "provisioned": ProvisionedConcurrency(1)},
        {"memory_mb": 6144, "maximum_concurrency": 200, "provisioned": ProvisionedConcurrency(1, 200)},
    ],
)
def test_the_limits_themselves_are_allowed(stack: Stack, model: Model, arguments: dict[str, Any]) -> None:
    ServerlessEndpoint(stack, "Api", model=model, **arguments)
    assert _configuration(stack)


def test_only_provisioned_concurrency_scales(stack: Stack, model: Model) -> None:
    endpoint = ServerlessEndpoint(stack, "Api", model=model)
    with pytest.raises(InvalidInput, match="provisioned concurrency is what scales here, got: none"):
        endpoint.scale_on_utilization()


def test_scaling_beyond_the_maximum_concurrency_is_refused(stack: Stack, model: Model) -> None:
    endpoint = ServerlessEndpoint(stack, "Api", model=model, provisioned=ProvisionedConcurrency(1))
    with pytest.raises(InvalidInput, match=r"concurrency must be at most maximum_concurrency \(20\), got: 21"):
        endpoint.scale_on_schedule("Day", schedule="rate(1 day)", concurrency=ProvisionedConcurrency(1, 21))
    with pytest.raises(InvalidInput, match="percent must be between 1 and 100, got: 0"):
        endpoint.scale_on_utilization(percent=0)
    with pytest.raises(InvalidInput, match="variant must be left out, got: 'Other'"):
        endpoint.scaling("Other")


def test_metrics_and_import(stack: Stack, model: Model) -> None:
    endpoint = ServerlessEndpoint(stack, "Api", model=model)
    imported = ServerlessEndpoint.from_endpoint_name(stack, "Theirs", "churn")
    assert endpoint.metric_setup_time().metric_name == "ModelSetupTime"
    assert endpoint.metric_provisioned_utilization().metric_name == "ServerlessProvisionedConcurrencyUtilization"
    assert cast(Any, imported.metric_invocations().dimensions)["EndpointName"] == "churn"
