from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.api_shapes import problems_of_resource
from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.models.model_package import ModelPackage
from sagemaker_constructs.models.multi_model import MultiModel
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.variants.variant import Variant

IMAGE = ModelImage.from_directory("tests/unit/image")
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/7"


def _model(stack: Stack) -> dict[str, Any]:
    [model] = Template.from_stack(stack).find_resources("AWS::SageMaker::Model").values()
    assert problems_of_resource("Model", model["Properties"]) == []
    return model["Properties"]


def _pipeline(names: list[str | None]) -> list[ModelContainer]:
    return [ModelContainer(IMAGE, hostname=name) for name in names]


def test_a_serial_pipeline(stack: Stack, bucket: s3.IBucket) -> None:
    artifact = ModelArtifact.from_bucket(bucket, "churn/model.tar.gz")
    containers = [ModelContainer(IMAGE), ModelContainer(IMAGE, artifact, {"LOG_LEVEL": "debug"})]
    Model(stack, "Churn", containers=containers)
    model = _model(stack)
    assert "PrimaryContainer" not in model
    assert model["InferenceExecutionConfig"] == {"Mode": "Serial"}
    assert [sorted(container) for container in model["Containers"]] == [
        ["Image"],
        ["Environment", "Image", "ModelDataUrl"],
    ]


def test_a_direct_pipeline_names_its_containers(stack: Stack) -> None:
    Model(stack, "Churn", containers=_pipeline(["first", "second"]), invocation="direct")
    model = _model(stack)
    assert model["InferenceExecutionConfig"] == {"Mode": "Direct"}
    assert [container["ContainerHostname"] for container in model["Containers"]] == ["first", "second"]


@pytest.mark.parametrize(
    ("containers", "arguments", "problem"),
    [
        (_pipeline([None] * 16), {}, "containers may hold at most 15 entries, got: 16"),
        (_pipeline(["a"]), {"invocation": "direct"}, "invocation must be serial for one container, got: 'direct'"),
        (_pipeline(["a", "b"]), {"invocation": "parallel"}, "invocation must be a known value, got: 'parallel'"),
        (
            _pipeline(["a", "a"]),
            {},
            r"containers\[1\]\.hostname is refused by AWS: Each ContainerHostname must be unique",
        ),
        (
            _pipeline(["a", "a_b"]),
            {},
            r"containers\[1\]\.hostname must be 1 to 63 letters, digits and single hyphens",
        ),
        ([ModelContainer(IMAGE, environment={"A-B": ""})] * 2, {}, r"containers\[0\]\.environment must be named"),
        ([], {}, "exactly one of image, containers and package, got: none"),
        (_pipeline(["a"]), {"image": IMAGE}, "exactly one of .* got: image and containers"),
        (_pipeline(["a"]), {"environment": {"A": "b"}}, "artifact and environment go with image"),
    ],
)
def test_impossible_models_are_refused(
    stack: Stack, containers: list[ModelContainer], arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        Model(stack, "Churn", containers=containers, **arguments)


def test_fifteen_containers_are_allowed(stack: Stack) -> None:
    Model(stack, "Churn", containers=_pipeline([None] * 15))
    assert len(_model(stack)["Containers"]) == 15


def test_a_package_brings_everything_along(stack: Stack, bucket: s3.IBucket) -> None:
    repository = ecr.Repository.from_repository_name(stack, "Images", "churn")
    Model(
        stack,
        "Churn",
        package=ModelPackage(PACKAGE, bucket=bucket, prefix="churn", repository=repository, specification="small"),
    )
    assert _model(stack)["PrimaryContainer"] == {
        "ModelPackageName": PACKAGE,
        "InferenceSpecificationName": "small",
    }
    granted = statements(stack)
    assert allowed(granted, "s3:GetObject") == [stack.resolve(bucket.arn_for_objects("churn/*"))]
    assert allowed(granted, "ecr:BatchGetImage") == [stack.resolve(repository.repository_arn)]


def test_a_package_of_the_marketplace_needs_no_grants(stack: Stack) -> None:
    Model(stack, "Churn", package=ModelPackage(PACKAGE))
    assert statements(stack)
    assert "s3:GetObject" not in str(statements(stack))


def test_something_else_than_a_package_is_refused(stack: Stack) -> None:
    with pytest.raises(InvalidInput, match=r"package\.arn must be the ARN of a model package, got: 'churn/7'"):
        Model(stack, "Churn", package=ModelPackage("churn/7"))


@pytest.mark.parametrize(("caching", "setting"), [(True, "Enabled"), (False, "Disabled")])
def test_many_models_in_one_container(stack: Stack, bucket: s3.IBucket, caching: bool, setting: str) -> None:
    models = MultiModel(bucket, "customers", caching=caching)
    Model(stack, "Churn", containers=[ModelContainer(IMAGE, models=models)])
    container = _model(stack)["PrimaryContainer"]
    assert container["Mode"] == "MultiModel"
    assert container["MultiModelConfig"] == {"ModelCacheSetting": setting}
    assert container["ModelDataUrl"]["Fn::Join"][1][-1] == "/customers/"


def test_publishers_add_and_retire_models_below_their_prefix(stack: Stack, bucket: s3.IBucket) -> None:
    role = cast(iam.IRole, iam.Role(stack, "Publisher", assumed_by=_anyone()))
    MultiModel(bucket, "customers").grant_publish(role, below="acme/")
    objects = stack.resolve(bucket.arn_for_objects("customers/acme/*"))
    granted = {str(statement["Action"]): statement["Resource"] for statement in statements(stack, "Publisher")}
    assert granted["['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:PutObject']"] == objects


def test_only_one_container_may_hold_many_models(stack: Stack, bucket: s3.IBucket) -> None:
    many = ModelContainer(IMAGE, models=MultiModel(bucket))
    Model(stack, "One", containers=[ModelContainer(IMAGE), many])
    with pytest.raises(InvalidInput, match="containers may hold at most one with many models, got: 2"):
        Model(stack, "Two", containers=[many, many])


def test_many_models_bring_their_own_artifacts(stack: Stack, bucket: s3.IBucket) -> None:
    artifact = ModelArtifact.from_bucket(bucket, "churn/model.tar.gz")
    with pytest.raises(InvalidInput, match="artifact must be left out beside models"):
        Model(stack, "Churn", containers=[ModelContainer(IMAGE, artifact, models=MultiModel(bucket))])


def test_a_folder_is_fetched_as_it_lies_there(stack: Stack, bucket: s3.IBucket) -> None:
    Model(stack, "Churn", image=IMAGE, artifact=ModelArtifact.from_folder(bucket, "large/model/"))
    source = _model(stack)["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert source["S3Uri"]["Fn::Join"][1][-1] == "/large/model/"
    assert (source["S3DataType"], source["CompressionType"]) == ("S3Prefix", "None")
    assert allowed(statements(stack), "s3:GetObject") == [stack.resolve(bucket.arn_for_objects("large/model/*"))]


def test_a_folder_is_no_whole_bucket(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match="model folder must lie below a prefix, got: none"):
        Model(stack, "Churn", image=IMAGE, artifact=ModelArtifact.from_folder(bucket, "/"))


def test_callers_may_be_limited_to_some_models(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    many = Model(stack, "Many", containers=[ModelContainer(IMAGE, models=MultiModel(bucket))])
    endpoint = RealTimeEndpoint(stack, "Api", variants=[Variant(many, "ml.c7i.large")], encryption_key=key)
    caller = cast(iam.IGrantable, iam.Role(stack, "Caller", assumed_by=_anyone()))
    endpoint.grant_invoke_models(caller, "acme/*")
    assert statements(stack, "Caller") == [
        {
            "Action": "sagemaker:InvokeEndpoint",
            "Condition": {"StringLike": {"sagemaker:TargetModel": ["acme/*"]}},
            "Effect": "Allow",
            "Resource": stack.resolve(endpoint.endpoint_arn),
        }
    ]
    with pytest.raises(InvalidInput, match="models must name at least one model or pattern, got: none"):
        endpoint.grant_invoke_models(caller)


def test_one_model_cannot_be_chosen_from(stack: Stack, key: kms.IKey) -> None:
    variant = Variant(Model(stack, "One", image=IMAGE), "ml.c7i.large")
    endpoint = RealTimeEndpoint(stack, "Api", variants=[variant], encryption_key=key)
    caller = cast(iam.IGrantable, iam.Role(stack, "Caller", assumed_by=_anyone()))
    with pytest.raises(InvalidInput, match="models can be chosen only where a variant holds many of them"):
        endpoint.grant_invoke_models(caller, "acme/*")


def _anyone() -> iam.IPrincipal:
    return cast(iam.IPrincipal, iam.AccountRootPrincipal())
