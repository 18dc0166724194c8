from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.policies import statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.asynchronous.async_paths import AsyncPaths
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint


@pytest.fixture
def caller(stack: Stack) -> iam.IGrantable:
    return cast(
        iam.IGrantable, iam.Role(stack, "Caller", assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal()))
    )


def _granted(stack: Stack) -> list[dict[str, Any]]:
    return statements(stack, "Caller")


def _resources(statement: dict[str, Any]) -> list[Any]:
    resource = statement["Resource"]
    return cast(list[Any], resource) if isinstance(resource, list) else [resource]


def test_callers_of_their_queue_upload_and_read_there(
    stack: Stack, bucket: s3.IBucket, caller: iam.IGrantable
) -> None:
    uploads = s3.Bucket.from_bucket_name(stack, "Uploads", "their-uploads")
    endpoint = AsyncEndpoint.from_endpoint_name(
        stack, "Theirs", "scoring", output=bucket, input=uploads, paths=AsyncPaths("in", "out", "bad")
    )
    endpoint.grant_invoke(caller)
    endpoint.grant_read_results(caller)
    granted = {str(statement["Action"]): _resources(statement) for statement in _granted(stack)}
    assert granted["['s3:AbortMultipartUpload', 's3:PutObject']"] == [stack.resolve(uploads.arn_for_objects("in/*"))]
    assert granted["sagemaker:InvokeEndpointAsync"] == [stack.resolve(endpoint.endpoint_arn)]
    assert sorted(map(str, granted["s3:GetObject"])) == sorted(
        str(stack.resolve(bucket.arn_for_objects(f"{prefix}/*"))) for prefix in ("out", "bad")
    )
    assert cast(Any, endpoint.metric_backlog().dimensions) == {"EndpointName": "scoring"}
    Template.from_stack(stack).resource_count_is("AWS::SageMaker::Endpoint", 0)


def test_one_bucket_takes_requests_and_answers_by_default(stack: Stack, bucket: s3.IBucket) -> None:
    endpoint = AsyncEndpoint.from_endpoint_name(stack, "Theirs", "scoring", output=bucket)
    assert (endpoint.input, endpoint.paths) == (bucket, AsyncPaths())


def test_impossible_prefixes_are_refused(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match=r"paths\.input must be a prefix without / at its ends, got: '/in/'"):
        AsyncEndpoint.from_endpoint_name(stack, "Theirs", "scoring", output=bucket, paths=AsyncPaths(input="/in/"))


def test_their_component_on_their_endpoint(stack: Stack, caller: iam.IGrantable) -> None:
    shared = SharedEndpoint.from_endpoint_name(stack, "Shared", "shared")
    component = InferenceComponent.from_component_name(stack, "Churn", "Churn", endpoint=shared)
    component.grant_invoke(caller)
    [statement] = _granted(stack)
    assert statement["Action"] == ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]
    endings = [resource["Fn::Join"][1][-1] for resource in statement["Resource"]]
    assert endings == [":endpoint/shared", ":inference-component/churn"]


@pytest.mark.parametrize(
    ("metric", "namespace", "name"),
    [
        ("metric_invocations", "AWS/SageMaker", "Invocations"),
        ("metric_server_errors", "AWS/SageMaker", "Invocation5XXErrors"),
        ("metric_model_errors", "AWS/SageMaker", "InvocationModelErrors"),
        ("metric_no_capacity", "AWS/SageMaker", "NoCapacityInvocationFailures"),
        ("metric_model_latency", "AWS/SageMaker", "ModelLatency"),
        ("metric_cpu_utilization", "/aws/sagemaker/InferenceComponents", "CPUUtilizationNormalized"),
        ("metric_memory_utilization", "/aws/sagemaker/InferenceComponents", "MemoryUtilizationNormalized"),
    ],
)
def test_metrics_of_a_component(stack: Stack, metric: str, namespace: str, name: str) -> None:
    shared = SharedEndpoint.from_endpoint_name(stack, "Shared", "shared")
    component = InferenceComponent.from_component_name(stack, "Churn", "churn", endpoint=shared)
    built = getattr(component, metric)()
    assert (built.namespace, built.metric_name) == (namespace, name)
    assert built.dimensions == {"InferenceComponentName": "churn"}


def test_some_of_their_many_models(stack: Stack, caller: iam.IGrantable) -> None:
    endpoint = RealTimeEndpoint.from_endpoint_name(stack, "Theirs", "many")
    endpoint.grant_invoke_models(caller, "acme/*")
    [statement] = _granted(stack)
    assert statement["Condition"] == {"StringLike": {"sagemaker:TargetModel": ["acme/*"]}}
    with pytest.raises(InvalidInput, match="models must name at least one model or pattern, got: none"):
        endpoint.grant_invoke_models(caller)
