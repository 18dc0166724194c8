"""Every property of the serving resources is reachable, or stated as left out: by the resource schemas."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from harness.api_shapes import problems_of_resource
from harness.documents import PROJECT, rows
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.models.model_package import ModelPackage
from sagemaker_constructs.models.multi_model import MultiModel
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.rollouts.rollout import CanaryRollout, LinearRollout, RollingRollout
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.scaling.provisioned_concurrency import ProvisionedConcurrency
from sagemaker_constructs.serving.variants.startup import Startup
from sagemaker_constructs.serving.variants.variant import Variant

KINDS = ("EndpointConfig", "Endpoint", "Model", "InferenceComponent")
PAGE = PROJECT / "docs" / "serving-left-out.md"
IMAGE = ModelImage.from_directory("tests/unit/image")


def _in_schema(kind: str) -> set[str]:
    """The paths of all properties that a template may set."""
    # Here, as it takes a second that every worker would spend on collecting the tests.
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    schema = cast(Any, PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", f"AWS::SageMaker::{kind}")).schema
    read_only = {
        f"{kind}.{path.removeprefix('/properties/').replace('/*', '').replace('/', '.')}"
        for path in schema["readOnlyProperties"]
    }
    return {path for path in _paths_below(schema, schema, kind) if not _below(path, read_only)}


def _paths_below(schema: Mapping[str, Any], part: Mapping[str, Any], path: str) -> Iterator[str]:
    while "$ref" in part:
        part = schema["definitions"][part["$ref"].rpartition("/")[2]]
    for name, inner in part.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from _paths_below(schema, inner, f"{path}.{name}")
    if "items" in part:
        yield from _paths_below(schema, part["items"], path)


def _set_in(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in cast(list[Any], value):
            yield from _set_in(item, path)
    elif isinstance(value, Mapping):
        for name, inner in cast(Mapping[str, Any], value).items():
            yield f"{path}.{name}"
            yield from _set_in(inner, f"{path}.{name}")


def _left_out() -> set[str]:
    return {option.strip("`") for option, _ in rows(PAGE, "property", "why")}


def _below(path: str, roots: set[str]) -> bool:
    return any(path == root or path.startswith(f"{root}.") for root in roots)


@pytest.fixture
def reachable(stack: Stack, key: kms.IKey, bucket: s3.IBucket, placement: VpcPlacement) -> set[str]:
    """The paths of all properties that one of everything sets."""
    _everything(stack, key, bucket, placement)
    template = Template.from_stack(stack)
    found: set[str] = set()
    for kind in KINDS:
        for resource in template.find_resources(f"AWS::SageMaker::{kind}").values():
            assert problems_of_resource(kind, resource["Properties"]) == []
            found |= set(_set_in(resource["Properties"], kind))
    return found


def _everything(stack: Stack, key: kms.IKey, bucket: s3.IBucket, placement: VpcPlacement) -> None:
    topic = cast(sns.ITopic, sns.Topic(stack, "Topic"))
    one = ModelContainer(IMAGE, ModelArtifact.from_bucket(bucket, "model.tar.gz"), {"A_VARIABLE": "value"}, "one")
    folder = ModelContainer(IMAGE, ModelArtifact.from_folder(bucket, "large"), hostname="folder")
    many = ModelContainer(IMAGE, hostname="many", environment={"A_VARIABLE": "value"}, models=MultiModel(bucket))
    model = Model(stack, "Single", containers=[one], placement=placement)
    several = Model(stack, "Several", containers=[one, many, folder], invocation="direct")
    Model(stack, "Many", containers=[many])
    Model(stack, "Folder", containers=[folder])
    Model(
        stack,
        "Package",
        package=ModelPackage(
            "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/7",
            repository=ecr.Repository.from_repository_name(stack, "Images", "churn"),
            specification="small",
        ),
    )
    options: dict[str, Any] = {
        "instance_type": "ml.c7i.large",
        "instances": InstanceRange(4, 8),
        "startup": Startup(Duration.minutes(5), Duration.minutes(5)),
        "volume_size_gb": 100,
        "routing": "random",
        "inference_ami": "al2-ami-sagemaker-inference-gpu-2",
    }
    endpoint = RealTimeEndpoint(
        stack,
        "RealTime",
        variants=[Variant(model, **options)],
        shadow=[Variant(model, **options, name="Shadow")],
        encryption_key=key,
        capture=DataCapture(bucket=bucket),
        rollout=CanaryRollout(percent=10),
    )
    endpoint.scale_on_invocations(per_instance_per_minute=60)
    for name, rollout in (("Linear", LinearRollout(instances=1)), ("Rolling", RollingRollout(5, rollback_percent=5))):
        RealTimeEndpoint(stack, name, variants=[Variant(several, **options)], encryption_key=key, rollout=rollout)
    ServerlessEndpoint(
        stack,
        "Serverless",
        model=Model(stack, "Open", image=IMAGE, network_isolation=False),
        provisioned=ProvisionedConcurrency(1),
    )
    InferenceComponent(
        stack,
        "Component",
        endpoint=SharedEndpoint(
            stack, "Shared", instance_type="ml.g6.xlarge", encryption_key=key, placement=placement
        ),
        container=ModelContainer(IMAGE, one.artifact, one.environment),
        memory_mb=1024,
        maximum_memory_mb=2048,
        cpu_cores=1,
        accelerators=1,
        startup=Startup(Duration.minutes(5), Duration.minutes(5)),
    )
    AsyncEndpoint(
        stack,
        "Async",
        model=model,
        instance_type="ml.c7i.large",
        output=bucket,
        encryption_key=key,
        on_success=topic,
        on_error=topic,
        include_response=["success"],
        concurrent_invocations=1,
    )


def test_every_property_is_reachable_or_left_out_with_a_reason(reachable: set[str]) -> None:
    schema = {path for kind in KINDS for path in _in_schema(kind)}
    assert sorted(path for path in schema - reachable if not _below(path, _left_out())) == []


def test_what_is_left_out_is_in_the_schema_and_not_reachable_after_all(reachable: set[str]) -> None:
    schema = {path for kind in KINDS for path in _in_schema(kind)}
    assert sorted(_left_out() - schema) == []
    assert sorted(path for path in reachable if _below(path, _left_out())) == []


def test_each_reason_is_given() -> None:
    assert [option for option, reason in rows(PAGE, "property", "why") if len(reason) < 20] == []
