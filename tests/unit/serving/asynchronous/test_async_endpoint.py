from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from harness.api_shapes import problems_of_resource
from harness.policies import allowed, resources_of, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.asynchronous.async_paths import AsyncPaths
from sagemaker_constructs.serving.rollouts.rollout import RollingRollout
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange

IMAGE = ModelImage.from_directory("tests/unit/image")


@pytest.fixture
def model(stack: Stack) -> Model:
    return Model(stack, "Churn", image=IMAGE)


@pytest.fixture
def topic(stack: Stack) -> sns.ITopic:
    return cast(sns.ITopic, sns.Topic(stack, "Done"))


def _endpoint(stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model, **arguments: Any) -> AsyncEndpoint:
    return AsyncEndpoint(
        stack, "Scoring", model=model, instance_type="ml.m6i.large", output=bucket, encryption_key=key, **arguments
    )


def _configuration(stack: Stack) -> dict[str, Any]:
    template = Template.from_stack(stack)
    for kind in ("Endpoint", "EndpointConfig"):
        for resource in template.find_resources(f"AWS::SageMaker::{kind}").values():
            assert problems_of_resource(kind, resource["Properties"]) == []
    [configuration] = template.find_resources("AWS::SageMaker::EndpointConfig").values()
    return configuration["Properties"]


def test_defaults(stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model) -> None:
    _endpoint(stack, key, bucket, model)
    configuration = _configuration(stack)
    assert configuration["ProductionVariants"][0]["InitialInstanceCount"] == 1
    assert configuration["KmsKeyId"] == stack.resolve(key.key_arn)
    assert configuration["AsyncInferenceConfig"] == {
        "OutputConfig": {
            "KmsKeyId": stack.resolve(key.key_arn),
            "S3OutputPath": stack.resolve(bucket.s3_url_for_object("async/output")),
            "S3FailurePath": stack.resolve(bucket.s3_url_for_object("async/failure")),
        }
    }
    Template.from_stack(stack).has_resource_properties("AWS::CloudWatch::Alarm", {"MetricName": "InvocationFailures"})


def test_topics_hear_of_it_and_the_model_may_tell_them(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model, topic: sns.ITopic
) -> None:
    _endpoint(
        stack,
        key,
        bucket,
        model,
        on_success=topic,
        on_error=topic,
        include_response=["success", "error"],
        concurrent_invocations=4,
        instances=InstanceRange(2),
        rollout=RollingRollout(percent=50),
    )
    configuration = _configuration(stack)["AsyncInferenceConfig"]
    assert configuration["ClientConfig"] == {"MaxConcurrentInvocationsPerInstance": 4}
    assert configuration["OutputConfig"]["NotificationConfig"] == {
        "SuccessTopic": stack.resolve(topic.topic_arn),
        "ErrorTopic": stack.resolve(topic.topic_arn),
        "IncludeInferenceResponseIn": ["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"],
    }
    assert allowed(statements(stack, "Churn"), "sns:Publish") == [stack.resolve(topic.topic_arn)]


def test_the_model_reads_requests_and_writes_answers_and_nothing_else(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model
) -> None:
    _endpoint(stack, key, bucket, model, paths=AsyncPaths(input="in", output="out", failure="bad"))
    granted = statements(stack, "Churn")
    assert allowed(granted, "s3:GetObject") == [stack.resolve(bucket.arn_for_objects("in/*"))]
    for action in ("s3:PutObject", "s3:AbortMultipartUpload"):
        assert allowed(granted, action) == [
            stack.resolve(bucket.arn_for_objects(f"{prefix}/*")) for prefix in ("out", "bad")
        ]


def test_a_backlog_wakes_it_from_zero(stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model) -> None:
    endpoint = _endpoint(stack, key, bucket, model, instances=InstanceRange(0, 5))
    endpoint.scale_on_backlog(per_instance=10)
    assert _configuration(stack)["ProductionVariants"][0]["InitialInstanceCount"] == 1
    template = Template.from_stack(stack)
    by_endpoint_alone = [{"Name": "EndpointName", "Value": endpoint.endpoint_name}]
    template.has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalableTarget", {"MinCapacity": 0, "MaxCapacity": 5}
    )
    template.has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 10,
                "CustomizedMetricSpecification": {
                    "Namespace": "AWS/SageMaker",
                    "MetricName": "ApproximateBacklogSizePerInstance",
                    "Statistic": "Average",
                    "Dimensions": by_endpoint_alone,
                },
            }
        },
    )
    [wake_up] = template.find_resources(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "Properties": {
                "StepScalingPolicyConfiguration": {
                    "AdjustmentType": "ChangeInCapacity",
                    "StepAdjustments": [{"ScalingAdjustment": 1, "MetricIntervalLowerBound": 0}],
                }
            }
        },
    )
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "MetricName": "HasBacklogWithoutCapacity",
            "Namespace": "AWS/SageMaker",
            "Dimensions": by_endpoint_alone,
            "Threshold": 1,
            "AlarmActions": [{"Ref": wake_up}],
        },
    )
    template.has_resource_properties("AWS::SageMaker::Endpoint", {"RetainAllVariantProperties": True})


def test_what_never_sleeps_needs_no_waking(stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model) -> None:
    _endpoint(stack, key, bucket, model, instances=InstanceRange(1, 5)).scale_on_backlog(per_instance=10)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::ApplicationAutoScaling::ScalingPolicy", 1)
    template.resource_properties_count_is("AWS::CloudWatch::Alarm", {"MetricName": "HasBacklogWithoutCapacity"}, 0)


def test_nights_without_instances(stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model) -> None:
    endpoint = _endpoint(stack, key, bucket, model, instances=InstanceRange(0, 5))
    endpoint.scale_on_schedule("Night", schedule="cron(0 20 * * ? *)", instances=InstanceRange(0, 1))
    endpoint.scale_on_utilization(percent=60)
    Template.from_stack(stack).has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {"ScheduledActions": [Match.object_like({"ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 1}})]},
    )


def test_callers_may_upload_and_invoke_and_readers_read(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model
) -> None:
    endpoint = _endpoint(stack, key, bucket, model)
    caller = iam.Role(stack, "Caller", assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal()))
    endpoint.grant_invoke(cast(iam.IGrantable, caller))
    endpoint.grant_read_results(cast(iam.IGrantable, caller))
    granted = {str(statement["Action"]): statement for statement in statements(stack, "Caller")}
    assert granted["sagemaker:InvokeEndpointAsync"]["Resource"] == stack.resolve(endpoint.endpoint_arn)
    assert granted["['s3:AbortMultipartUpload', 's3:PutObject']"]["Resource"] == stack.resolve(
        bucket.arn_for_objects("async/input/*")
    )
    assert "sagemaker:InvokeEndpoint" not in granted
    assert stack.resolve(bucket.arn_for_objects("async/output/*")) in resources_of(granted["s3:GetObject"])


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"instances": InstanceRange(0)}, r"variant\.instances\.maximum must be at least 1, got: 0"),
        ({"instances": InstanceRange(-1, 2)}, r"variant\.instances\.minimum must be at least 0, got: -1"),
        ({"instance_type": "ml.m6i.larg"}, r"did you mean ml\.m6i\.large"),
        ({"include_response": ["success"]}, "include_response needs on_success, got: none"),
        ({"include_response": ["sucess"]}, "include_response must be a known value, got: 'sucess'"),
        ({"concurrent_invocations": 0}, "concurrent_invocations must be between 1 and 1000, got: 0"),
        ({"concurrent_invocations": 1001}, "concurrent_invocations must be between 1 and 1000, got: 1001"),
        ({"paths": AsyncPaths(input="/in/")}, r"paths\.input must be a prefix without / at its ends, got: '/in/'"),
    ],
)
def test_what_aws_would_refuse_is_refused(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model, arguments: dict[str, Any], problem: str
) -> None:
    given: dict[str, Any] = {"instance_type": "ml.m6i.large", **arguments}
    with pytest.raises(InvalidInput, match=problem):
        AsyncEndpoint(stack, "Scoring", model=model, output=bucket, encryption_key=key, **given)


def test_a_serial_pipeline_works_and_a_direct_one_is_refused(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    containers = [ModelContainer(IMAGE, hostname=name) for name in ("first", "second")]
    assert _endpoint(stack, key, bucket, Model(stack, "Serial", containers=containers))
    direct = Model(stack, "Direct", containers=containers, invocation="direct")
    with pytest.raises(InvalidInput, match="model is refused by AWS: An asynchronous endpoint does not support"):
        AsyncEndpoint(stack, "Other", model=direct, instance_type="ml.m6i.large", output=bucket, encryption_key=key)


def test_backlog_metrics_have_the_endpoint_as_only_dimension(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model
) -> None:
    endpoint = _endpoint(stack, key, bucket, model)
    metrics = [endpoint.metric_backlog(), endpoint.metric_oldest_request()]
    assert [metric.metric_name for metric in metrics] == ["ApproximateBacklogSize", "ApproximateAgeOfOldestRequest"]
    assert all(metric.dimensions == {"EndpointName": endpoint.endpoint_name} for metric in metrics)
