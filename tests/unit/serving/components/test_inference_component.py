from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from harness.api_shapes import problems_of_resource
from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.models.multi_model import MultiModel
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.scaling.copy_range import CopyRange
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.startup import Startup

IMAGE = ModelImage.from_directory("tests/unit/image")


@pytest.fixture
def endpoint(stack: Stack, key: kms.IKey) -> SharedEndpoint:
    return SharedEndpoint(
        stack, "Shared", instance_type="ml.c7i.large", encryption_key=key, instances=InstanceRange(0, 3)
    )


def _component(stack: Stack, endpoint: SharedEndpoint, **arguments: Any) -> InferenceComponent:
    given: dict[str, Any] = {"container": ModelContainer(IMAGE), "memory_mb": 1024, **arguments}
    return InferenceComponent(stack, "Churn", endpoint=endpoint, **given)


def _properties(stack: Stack, kind: str) -> dict[str, Any]:
    [resource] = Template.from_stack(stack).find_resources(f"AWS::SageMaker::{kind}").values()
    assert problems_of_resource(kind, resource["Properties"]) == []
    return resource["Properties"]


def test_the_endpoint_has_instances_and_no_model(stack: Stack, key: kms.IKey, endpoint: SharedEndpoint) -> None:
    configuration = _properties(stack, "EndpointConfig")
    assert configuration["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "InstanceType": "ml.c7i.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": 1,
            "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
            "ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 3},
        }
    ]
    assert configuration["EnableNetworkIsolation"] is True
    assert configuration["KmsKeyId"] == stack.resolve(key.key_arn)
    assert configuration["ExecutionRoleArn"] == stack.resolve(endpoint.execution_role.arn)
    assert _properties(stack, "Endpoint")["EndpointName"] == endpoint.endpoint_name


def test_local_disks_take_no_key_and_a_role_may_be_given(
    stack: Stack, key: kms.IKey, placement: VpcPlacement
) -> None:
    role = iam.Role.from_role_arn(stack, "Given", "arn:aws:iam::123456789012:role/given")
    SharedEndpoint(
        stack,
        "Shared",
        instance_type="ml.g6.xlarge",
        encryption_key=key,
        role=role,
        placement=placement,
        network_isolation=False,
    )
    configuration = _properties(stack, "EndpointConfig")
    assert "KmsKeyId" not in configuration
    assert configuration["ExecutionRoleArn"] == "arn:aws:iam::123456789012:role/given"
    assert configuration["VpcConfig"]["Subnets"] == ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]
    assert configuration["EnableNetworkIsolation"] is False


def test_the_component_brings_its_container_and_the_endpoint_may_read_it(
    stack: Stack, bucket: s3.IBucket, endpoint: SharedEndpoint
) -> None:
    artifact = ModelArtifact.from_bucket(bucket, "churn/model.tar.gz")
    component = _component(
        stack,
        endpoint,
        container=ModelContainer(IMAGE, artifact, {"LOG_LEVEL": "debug"}),
        maximum_memory_mb=2048,
        cpu_cores=0.25,
        copies=CopyRange(2, 4),
        startup=Startup(health_check_timeout=Duration.minutes(5)),
    )
    properties = _properties(stack, "InferenceComponent")
    container = properties["Specification"].pop("Container")
    assert sorted(container) == ["ArtifactUrl", "Environment", "Image"]
    assert properties == {
        "InferenceComponentName": component.component_name,
        "EndpointName": stack.resolve(endpoint.deployed_name),
        "VariantName": "AllTraffic",
        "RuntimeConfig": {"CopyCount": 2},
        "Specification": {
            "ComputeResourceRequirements": {
                "MinMemoryRequiredInMb": 1024,
                "MaxMemoryRequiredInMb": 2048,
                "NumberOfCpuCoresRequired": 0.25,
            },
            "StartupParameters": {"ContainerStartupHealthCheckTimeoutInSeconds": 300},
        },
    }
    assert stack.resolve(bucket.arn_for_objects("churn/model.tar.gz")) in allowed(statements(stack), "s3:GetObject")


def test_copies_sleep_and_wake(stack: Stack, endpoint: SharedEndpoint) -> None:
    component = _component(stack, endpoint, copies=CopyRange(0, 4))
    component.scale_on_concurrency(per_copy=4)
    component.scale_on_invocations(per_copy_per_minute=100)
    component.scale_on_schedule("Night", schedule="cron(0 20 * * ? *)", copies=CopyRange(0, 1))
    assert _properties(stack, "InferenceComponent")["RuntimeConfig"] == {"CopyCount": 1}
    template = Template.from_stack(stack)
    [resource] = template.find_resources("AWS::SageMaker::InferenceComponent")
    template.has_resource(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "DependsOn": Match.array_with([resource]),
            "Properties": {
                "ResourceId": f"inference-component/{component.component_name}",
                "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
                "MinCapacity": 0,
                "MaxCapacity": 4,
                "ScheduledActions": [
                    Match.object_like({"ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 1}}),
                ],
            },
        },
    )
    policies = template.find_resources("AWS::ApplicationAutoScaling::ScalingPolicy")
    tracked = [
        policy["Properties"]["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]
        for policy in policies.values()
        if policy["Properties"]["PolicyType"] == "TargetTrackingScaling"
    ]
    assert sorted(metric["PredefinedMetricType"] for metric in tracked) == [
        "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
        "SageMakerInferenceComponentInvocationsPerCopy",
    ]
    [wake_up] = [name for name, policy in policies.items() if policy["Properties"]["PolicyType"] == "StepScaling"]
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "MetricName": "NoCapacityInvocationFailures",
            "Dimensions": [{"Name": "InferenceComponentName", "Value": component.component_name}],
            "AlarmActions": [{"Ref": wake_up}],
        },
    )


def test_what_never_sleeps_needs_no_waking(stack: Stack, endpoint: SharedEndpoint) -> None:
    _component(stack, endpoint, copies=CopyRange(1, 4)).scale_on_concurrency(per_copy=4)
    Template.from_stack(stack).resource_count_is("AWS::CloudWatch::Alarm", 0)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"memory_mb": 127}, "memory_mb must be at least 128, got: 127"),
        (
            {"maximum_memory_mb": 512},
            "maximum_memory_mb is refused by AWS: .* must be at least .* got: 512 with a minimum of 1024",
        ),
        ({"cpu_cores": 0.2}, r"cpu_cores must be at least 0\.25, got: 0\.2"),
        ({"accelerators": 0}, "accelerators must be at least 1, got: 0"),
        (
            {"accelerators": 1},
            r"accelerators must be left out for an instance type without accelerators, got: ml\.c7i\.large",
        ),
        ({"copies": CopyRange(-1, 1)}, r"copies\.minimum must be at least 0, got: -1"),
        ({"copies": CopyRange(0)}, r"copies\.maximum must be at least 1, got: 0"),
        ({"startup": Startup(Duration.seconds(59))}, r"startup\.download_timeout in seconds must be between 60"),
        ({"container": ModelContainer(IMAGE, hostname="one")}, "container must have no hostname"),
        ({"container": ModelContainer(IMAGE, environment={"A-B": ""})}, r"container\.environment must be named"),
    ],
)
def test_what_aws_would_refuse_is_refused(
    stack: Stack, endpoint: SharedEndpoint, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        _component(stack, endpoint, **arguments)


def test_folders_and_many_models_are_refused(stack: Stack, bucket: s3.IBucket, endpoint: SharedEndpoint) -> None:
    folder = ModelContainer(IMAGE, ModelArtifact.from_folder(bucket, "large"))
    with pytest.raises(InvalidInput, match="container must have no folder"):
        _component(stack, endpoint, container=folder)
    many = ModelContainer(IMAGE, models=MultiModel(bucket))
    with pytest.raises(InvalidInput, match="container must have no choice of many models"):
        InferenceComponent(stack, "Many", endpoint=endpoint, container=many, memory_mb=1024)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"instance_type": "ml.c7i.larg"}, r"did you mean ml\.c7i\.large"),
        ({"instances": InstanceRange(0)}, r"instances\.maximum must be at least 1, got: 0"),
        ({"instances": InstanceRange(3, 2)}, r"instances\.maximum must be at least the minimum \(3\), got: 2"),
    ],
)
def test_impossible_fleets_are_refused(stack: Stack, key: kms.IKey, arguments: dict[str, Any], problem: str) -> None:
    given: dict[str, Any] = {"instance_type": "ml.c7i.large", **arguments}
    with pytest.raises(InvalidInput, match=problem):
        SharedEndpoint(stack, "Shared", encryption_key=key, **given)
