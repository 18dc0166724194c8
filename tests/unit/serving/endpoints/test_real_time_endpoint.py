from typing import Any, cast

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template

from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.rollouts.rollout import AllAtOnceRollout, CanaryRollout
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.variant import Variant


@pytest.fixture
def model(stack: Stack) -> Model:
    return Model(stack, "Churn", image=ModelImage.from_directory("tests/unit/image"))


def _endpoint(stack: Stack, key: kms.IKey, *variants: Variant, **arguments: Any) -> RealTimeEndpoint:
    return RealTimeEndpoint(stack, "Api", variants=variants, encryption_key=key, **arguments)


def test_defaults(stack: Stack, key: kms.IKey, model: Model) -> None:
    endpoint = _endpoint(stack, key, Variant(model, instance_type="ml.c7i.large"))
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::SageMaker::EndpointConfig",
        {
            "EndpointConfigName": Match.absent(),
            "KmsKeyId": stack.resolve(key.key_arn),
            "DataCaptureConfig": Match.absent(),
            "ProductionVariants": [
                {
                    "VariantName": "AllTraffic",
                    "InstanceType": "ml.c7i.large",
                    "InitialInstanceCount": 1,
                    "InitialVariantWeight": 1,
                    "ModelName": stack.resolve(model.model_name),
                }
            ],
        },
    )
    template.has_resource_properties(
        "AWS::SageMaker::Endpoint",
        {
            "EndpointName": endpoint.endpoint_name,
            "RetainAllVariantProperties": Match.absent(),
            "DeploymentConfig": {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300}
                }
            },
        },
    )
    template.resource_count_is("AWS::ApplicationAutoScaling::ScalableTarget", 0)


def test_the_name_follows_from_the_path_and_suits_sagemaker(stack: Stack, key: kms.IKey, model: Model) -> None:
    name = _endpoint(stack, key, Variant(model, instance_type="ml.c7i.large")).endpoint_name
    assert name.startswith("stack-api-")
    assert name == name.lower()
    assert len(name) <= 63


def test_an_update_rolls_back_on_the_alarm_of_each_variant(stack: Stack, key: kms.IKey, model: Model) -> None:
    endpoint = _endpoint(
        stack,
        key,
        Variant(model, instance_type="ml.c7i.large", name="Blue"),
        Variant(model, instance_type="ml.c7i.large", name="Green"),
        rollout=AllAtOnceRollout(bake=Duration.minutes(10)),
    )
    template = Template.from_stack(stack)
    alarms = list(template.find_resources("AWS::CloudWatch::Alarm"))
    [resource] = template.find_resources("AWS::SageMaker::Endpoint").values()
    deployment = resource["Properties"]["DeploymentConfig"]
    assert deployment["AutoRollbackConfiguration"]["Alarms"] == [{"AlarmName": {"Ref": alarm}} for alarm in alarms]
    assert deployment["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"] == 600
    assert len(endpoint.alarms) == 4
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "Namespace": "AWS/SageMaker",
            "MetricName": "Invocation5XXErrors",
            "Dimensions": [
                {"Name": "EndpointName", "Value": endpoint.endpoint_name},
                {"Name": "VariantName", "Value": "Blue"},
            ],
        },
    )


def test_sagemaker_may_look_at_the_rollback_alarms(stack: Stack, key: kms.IKey, model: Model) -> None:
    endpoint = _endpoint(stack, key, Variant(model, instance_type="ml.c7i.large"))
    looked_at = allowed(statements(stack, "Churn"), "cloudwatch:DescribeAlarms")
    assert looked_at == [stack.resolve(alarm.arn) for alarm in endpoint.alarms]
    template = Template.from_stack(stack)
    [access] = template.find_resources("AWS::IAM::Policy")
    template.has_resource("AWS::SageMaker::Endpoint", {"DependsOn": [access]})


def test_scaling_stays_within_the_range_and_survives_updates(stack: Stack, key: kms.IKey, model: Model) -> None:
    endpoint = _endpoint(stack, key, Variant(model, instance_type="ml.c7i.large", instances=InstanceRange(2, 8)))
    endpoint.scale_on_invocations(per_instance_per_minute=600)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "MinCapacity": 2,
            "MaxCapacity": 8,
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "ServiceNamespace": "sagemaker",
        },
    )
    template.has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 600,
                "ScaleInCooldown": 300,
                "ScaleOutCooldown": 60,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            }
        },
    )
    template.has_resource_properties(
        "AWS::SageMaker::Endpoint",
        {
            "RetainAllVariantProperties": True,
            "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
        },
    )


def test_capture_writes_encrypted_below_its_prefix_only(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model
) -> None:
    _endpoint(
        stack, key, Variant(model, instance_type="ml.c7i.large"), capture=DataCapture(bucket=bucket, percent=20)
    )
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::SageMaker::EndpointConfig",
        {
            "DataCaptureConfig": {
                "EnableCapture": True,
                "InitialSamplingPercentage": 20,
                "KmsKeyId": stack.resolve(key.key_arn),
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            }
        },
    )
    granted = statements(stack, "Churn")
    for action in ("s3:PutObject", "s3:AbortMultipartUpload"):
        assert allowed(granted, action) == [stack.resolve(bucket.arn_for_objects("captured/*"))]
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        assert allowed(granted, action) == [stack.resolve(key.key_arn)]
    assert not allowed(granted, "s3:GetObject")


def test_local_disks_take_no_key(stack: Stack, key: kms.IKey, model: Model) -> None:
    _endpoint(stack, key, Variant(model, instance_type="ml.g5.xlarge"))
    Template.from_stack(stack).has_resource_properties("AWS::SageMaker::EndpointConfig", {"KmsKeyId": Match.absent()})


def test_a_mix_of_disks_and_volumes_is_warned_about(stack: Stack, key: kms.IKey, model: Model) -> None:
    _endpoint(
        stack,
        key,
        Variant(model, instance_type="ml.g5.xlarge", name="Fast"),
        Variant(model, instance_type="ml.c7i.large", name="Cheap"),
    )
    Annotations.from_stack(stack).has_warning("/Stack/Api", Match.string_like_regexp("because Fast has local disks"))


def test_an_imported_endpoint_answers_to_the_same_grants_and_metrics(stack: Stack) -> None:
    endpoint = RealTimeEndpoint.from_endpoint_name(stack, "Theirs", "Churn-Api")
    caller = iam.Role(stack, "Caller", assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal()))
    endpoint.grant_invoke(cast(iam.IGrantable, caller))
    dimensions = endpoint.metric_invocations().to_metric_config().metric_stat
    assert dimensions is not None
    assert stack.resolve(endpoint.endpoint_arn)["Fn::Join"][1][-1] == ":endpoint/churn-api"
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": [
                    {
                        "Action": ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
                        "Resource": stack.resolve(endpoint.endpoint_arn),
                    }
                ]
            }
        },
    )


@pytest.mark.parametrize(
    ("metric", "name", "statistic"),
    [
        ("metric_invocations", "Invocations", "Sum"),
        ("metric_invocations_per_instance", "InvocationsPerInstance", "Sum"),
        ("metric_client_errors", "Invocation4XXErrors", "Sum"),
        ("metric_server_errors", "Invocation5XXErrors", "Sum"),
        ("metric_model_errors", "InvocationModelErrors", "Sum"),
        ("metric_model_latency", "ModelLatency", "p99"),
        ("metric_overhead_latency", "OverheadLatency", "p99"),
        ("metric_cpu_utilization", "CPUUtilization", "Average"),
        ("metric_memory_utilization", "MemoryUtilization", "Average"),
    ],
)
def test_metrics_carry_endpoint_and_variant(stack: Stack, metric: str, name: str, statistic: str) -> None:
    endpoint = RealTimeEndpoint.from_endpoint_name(stack, "Theirs", "churn", default_variant="Blue")
    built = getattr(endpoint, metric)()
    assert (built.metric_name, built.statistic) == (name, statistic)
    assert built.dimensions == {"EndpointName": "churn", "VariantName": "Blue"}


def test_all_mistakes_are_named_at_once(stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _endpoint(
            stack,
            key,
            Variant(model, instance_type="ml.c7i.larg", instances=InstanceRange(0), weight=0),
            Variant(model, instance_type="ml.c7i.large", name="bad_name", instances=InstanceRange(3, 2), weight=0),
            capture=DataCapture(bucket=bucket, percent=101),
        )
    assert [problem.removeprefix("Stack/Api: ").split(", got")[0] for problem in refusal.value.lines] == [
        "variants[0].instance_type must be a known value",
        "variants[0].instances.minimum must be at least 1",
        "variants[1].name must be 1 to 63 letters, digits and single hyphens",
        "variants[1].instances.maximum must be at least the minimum (3)",
        "variants must have at least one weight above 0",
        "capture.percent must be between 0 and 100",
    ]


def test_no_variant_and_a_name_used_twice_are_refused(stack: Stack, key: kms.IKey, model: Model) -> None:
    with pytest.raises(InvalidInput, match="at least one variant"):
        RealTimeEndpoint(stack, "None", variants=[], encryption_key=key)
    with pytest.raises(InvalidInput, match=r"variants\[1\]\.name is refused by AWS: VariantName must be unique"):
        _endpoint(stack, key, *[Variant(model, instance_type="ml.c7i.large")] * 2)


def test_more_than_ten_alarms_are_refused(stack: Stack, key: kms.IKey, model: Model) -> None:
    endpoint = _endpoint(stack, key, Variant(model, instance_type="ml.c7i.large"))
    own = cloudwatch.Alarm.from_alarm_arn(stack, "Own", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:own")
    for _ in range(8):
        endpoint.roll_back_on(own)
    with pytest.raises(InvalidInput, match="alarms may hold at most 10 entries, got: 11"):
        endpoint.roll_back_on(own)


def test_an_alarm_of_the_user_s_own_takes_an_update_back_too(stack: Stack, key: kms.IKey, model: Model) -> None:
    endpoint = _endpoint(stack, key, Variant(model, instance_type="ml.c7i.large"))
    own = cloudwatch.Alarm.from_alarm_arn(stack, "Own", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:own")
    endpoint.roll_back_on(own)
    template = Template.from_stack(stack)
    [resource] = template.find_resources("AWS::SageMaker::Endpoint").values()
    watched = resource["Properties"]["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert watched == [{"AlarmName": stack.resolve(alarm.name)} for alarm in endpoint.alarms]
    assert watched[-1] == {"AlarmName": "own"}
    # The right to look at it is there before the endpoint moves.
    looked_at = allowed(statements(stack, "Churn"), "cloudwatch:DescribeAlarms")
    assert looked_at == [stack.resolve(alarm.arn) for alarm in endpoint.alarms]
    assert set(resource["DependsOn"]) == set(template.find_resources("AWS::IAM::Policy"))


def test_scaling_an_unknown_variant_is_refused(stack: Stack, key: kms.IKey, model: Model) -> None:
    endpoint = _endpoint(stack, key, Variant(model, instance_type="ml.c7i.large"))
    with pytest.raises(InvalidInput, match="did you mean AllTraffic"):
        endpoint.scale_on_invocations(per_instance_per_minute=10, variant="AllTrafic")


def test_a_target_of_nothing_is_refused(stack: Stack, key: kms.IKey, model: Model) -> None:
    endpoint = _endpoint(stack, key, Variant(model, instance_type="ml.c7i.large"))
    with pytest.raises(InvalidInput, match="per_instance_per_minute must be greater than 0, got: 0"):
        endpoint.scale_on_invocations(per_instance_per_minute=0)


def test_an_alarm_that_fires_after_the_bake_is_refused(stack: Stack, key: kms.IKey, model: Model) -> None:
    endpoint = _endpoint(stack, key, Variant(model, instance_type="ml.c7i.large"), rollout=AllAtOnceRollout())
    metric = endpoint.metric_invocations()
    in_time = metric.create_alarm(stack, "InTime", threshold=1, evaluation_periods=9, datapoints_to_alarm=4)
    late = metric.create_alarm(stack, "Late", threshold=1, evaluation_periods=5)
    math = cloudwatch.MathExpression(expression="m", using_metrics={"m": metric}, period=Duration.minutes(9))
    unknown = math.create_alarm(stack, "Unknown", threshold=1, evaluation_periods=9)
    endpoint.roll_back_on(in_time)
    endpoint.roll_back_on(unknown)
    with pytest.raises(InvalidInput) as refusal:
        endpoint.roll_back_on(late)
    assert refusal.value.lines == (
        "Stack/Api: alarm must be able to fire within the rollout's bake of 300 seconds, got: 5 data points of 60 "
        "seconds, and 60 until they are there",
    )
    assert len(endpoint.alarms) == 4


@pytest.mark.parametrize("night", [0, 1])
def test_a_schedule_that_leaves_a_shifted_rollout_too_few_instances_is_refused(
    stack: Stack, key: kms.IKey, model: Model, night: int
) -> None:
    variant = Variant(model, instance_type="ml.c7i.large", instances=InstanceRange(2, 4))
    endpoint = _endpoint(stack, key, variant, rollout=CanaryRollout(percent=50))
    endpoint.scale_on_schedule("Day", schedule="cron(0 8 * * ? *)", instances=InstanceRange(3, 4))
    with pytest.raises(InvalidInput, match=r"instances.* is refused by AWS: .* and it needs two, got: [01] of"):
        endpoint.scale_on_schedule("Night", schedule="cron(0 20 * * ? *)", instances=InstanceRange(night, 4))
