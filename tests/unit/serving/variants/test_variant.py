from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.api_shapes import problems_of_resource
from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.startup import Startup
from sagemaker_constructs.serving.variants.variant import Variant

IMAGE = ModelImage.from_directory("tests/unit/image")


@pytest.fixture
def model(stack: Stack) -> Model:
    return Model(stack, "Churn", image=IMAGE)


def _configuration(stack: Stack, key: kms.IKey, variants: list[Variant], **arguments: Any) -> dict[str, Any]:
    RealTimeEndpoint(stack, "Api", variants=variants, encryption_key=key, **arguments)
    [resource] = Template.from_stack(stack).find_resources("AWS::SageMaker::EndpointConfig").values()
    assert problems_of_resource("EndpointConfig", resource["Properties"]) == []
    return resource["Properties"]


def test_every_option_reaches_the_configuration(stack: Stack, key: kms.IKey, model: Model) -> None:
    variant = Variant(
        model,
        "ml.c7i.large",
        InstanceRange(2, 8),
        startup=Startup(download_timeout=Duration.minutes(1), health_check_timeout=Duration.hours(1)),
        volume_size_gb=512,
        routing="least_outstanding_requests",
        inference_ami="al2023-ami-sagemaker-inference-gpu-4-1",
    )
    [built] = _configuration(stack, key, [variant])["ProductionVariants"]
    assert built == {
        "VariantName": "AllTraffic",
        "ModelName": stack.resolve(model.model_name),
        "InstanceType": "ml.c7i.large",
        "InitialInstanceCount": 2,
        "InitialVariantWeight": 1,
        "ModelDataDownloadTimeoutInSeconds": 60,
        "ContainerStartupHealthCheckTimeoutInSeconds": 3600,
        "VolumeSizeInGB": 512,
        "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
        "InferenceAmiVersion": "al2023-ami-sagemaker-inference-gpu-4-1",
    }


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"startup": Startup(download_timeout=Duration.seconds(59))},
            r"variants\[0\]\.startup\.download_timeout in seconds must be between 60 and 3600, got: 59",
        ),
        (
            {"startup": Startup(health_check_timeout=Duration.seconds(3601))},
            r"variants\[0\]\.startup\.health_check_timeout in seconds must be between 60 and 3600, got: 3601",
        ),
        ({"volume_size_gb": 0}, r"variants\[0\]\.volume_size_gb must be between 1 and 512, got: 0"),
        ({"volume_size_gb": 513}, r"variants\[0\]\.volume_size_gb must be between 1 and 512, got: 513"),
        (
            {"volume_size_gb": 100, "instance_type": "ml.g5.xlarge"},
            r"volume_size_gb must be left out for an instance type with local disks, got: ml\.g5\.xlarge",
        ),
        ({"routing": "nearest"}, r"variants\[0\]\.routing must be a known value, got: 'nearest'"),
        ({"inference_ami": "al3"}, r"variants\[0\]\.inference_ami must be a known value, got: 'al3'"),
        ({"weight": -1}, r"variants\[0\]\.weight must be at least 0, got: -1"),
    ],
)
def test_what_aws_would_refuse_is_refused(
    stack: Stack, key: kms.IKey, model: Model, options: dict[str, Any], problem: str
) -> None:
    given: dict[str, Any] = {"instance_type": "ml.c7i.large", **options}
    with pytest.raises(InvalidInput, match=problem):
        _configuration(stack, key, [Variant(model, **given)])


def test_a_shadow_beside_one_variant(stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model) -> None:
    candidate = Model(stack, "Candidate", image=IMAGE)
    configuration = _configuration(
        stack,
        key,
        [Variant(model, "ml.c7i.large")],
        shadow=[Variant(candidate, "ml.c7i.large", name="Shadow", weight=0.5)],
        capture=DataCapture(bucket=bucket),
    )
    [shadow] = configuration["ShadowProductionVariants"]
    assert (shadow["VariantName"], shadow["InitialVariantWeight"]) == ("Shadow", 0.5)
    captured = [stack.resolve(bucket.arn_for_objects("captured/*"))]
    assert allowed(statements(stack, "Candidate"), "s3:PutObject") == captured


def test_a_shadow_scales_too(stack: Stack, key: kms.IKey, model: Model) -> None:
    endpoint = RealTimeEndpoint(
        stack,
        "Api",
        variants=[Variant(model, "ml.c7i.large")],
        shadow=[Variant(model, "ml.c7i.large", InstanceRange(1, 3), name="Shadow")],
        encryption_key=key,
    )
    endpoint.scale_on_invocations(per_instance_per_minute=60, variant="Shadow")
    Template.from_stack(stack).has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalableTarget", {"MaxCapacity": 3}
    )


def test_one_shadow_of_one_variant_only(stack: Stack, key: kms.IKey, model: Model) -> None:
    fleet = [Variant(model, "ml.c7i.large", name=name) for name in ("A", "B", "C")]
    with pytest.raises(InvalidInput, match="got: 2 in the shadow of 1"):
        RealTimeEndpoint(stack, "Two", variants=fleet[:1], shadow=fleet[1:], encryption_key=key)
    with pytest.raises(InvalidInput, match="got: 1 in the shadow of 2"):
        RealTimeEndpoint(stack, "Many", variants=fleet[:2], shadow=fleet[2:], encryption_key=key)


def test_a_shadow_needs_a_name_of_its_own_and_passes_the_rules(stack: Stack, key: kms.IKey, model: Model) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _configuration(
            stack, key, [Variant(model, "ml.c7i.large")], shadow=[Variant(model, "ml.c7i.large", InstanceRange(0))]
        )
    assert refusal.value.lines == (
        "Stack/Api: shadow[0].instances.minimum must be at least 1, got: 0",
        "Stack/Api: shadow[0].name is refused by AWS: VariantName must be unique within the endpoint configuration, "
        "got: AllTraffic twice",
    )


@pytest.mark.parametrize(
    ("mode", "modes"), [("input", ["Input"]), ("output", ["Output"]), ("both", ["Input", "Output"])]
)
def test_capture_modes(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model, mode: Any, modes: list[str]
) -> None:
    capture = DataCapture(bucket=bucket, mode=mode, csv_content_types=[], json_content_types=["application/jsonl"])
    built = _configuration(stack, key, [Variant(model, "ml.c7i.large")], capture=capture)["DataCaptureConfig"]
    assert [option["CaptureMode"] for option in built["CaptureOptions"]] == modes
    assert built["CaptureContentTypeHeader"] == {"JsonContentTypes": ["application/jsonl"]}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"mode": "none"}, r"capture\.mode must be a known value, got: 'none'"),
        ({"csv_content_types": ["text/csv; charset=utf-8"]}, r"capture\.csv_content_types must be media types"),
        ({"json_content_types": ["a/b"] * 11}, r"capture\.json_content_types may hold at most 10 entries, got: 11"),
    ],
)
def test_captures_that_aws_refuses(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, model: Model, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        _configuration(stack, key, [Variant(model, "ml.c7i.large")], capture=DataCapture(bucket=bucket, **options))


@pytest.mark.parametrize(
    ("image", "fits", "refused"),
    [
        (IMAGE, "ml.c7i.large", "ml.c7g.large"),
        (ModelImage.from_framework("xgboost", version="1.7-1", scope="inference"), "ml.m5.large", "ml.m6gd.large"),
        (
            ModelImage.from_framework("pytorch", version="2.6.0", scope="inference", instance_type="ml.c7g.large"),
            "ml.c8g.large",
            "ml.c7i.large",
        ),
    ],
    ids=["built", "of AWS", "of AWS for Graviton"],
)
def test_processors_that_cannot_run_the_image_are_refused(
    stack: Stack, key: kms.IKey, image: ModelImage, fits: str, refused: str
) -> None:
    churn = Model(stack, "Churn", image=image)
    assert RealTimeEndpoint(stack, "Api", model=churn, instance_type=fits, encryption_key=key)
    rule = rf"variants\[0\]\.instance_type must run images for linux/a\w+64, such as the model's, got: {refused}"
    with pytest.raises(InvalidInput, match=rule):
        RealTimeEndpoint(stack, "Other", model=churn, instance_type=refused, encryption_key=key)


def test_an_image_that_only_its_registry_knows_runs_anywhere(stack: Stack, key: kms.IKey) -> None:
    image = ModelImage.from_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4.2")
    churn = Model(stack, "Churn", image=image)
    assert RealTimeEndpoint(stack, "Api", model=churn, instance_type="ml.c7g.large", encryption_key=key)
