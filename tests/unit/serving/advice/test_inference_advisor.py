from typing import Any

import pytest
from aws_cdk import Annotations as Notices
from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

from sagemaker_constructs.cost.inference_options import InferenceOption, InferenceWorkload
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.models.multi_model import MultiModel
from sagemaker_constructs.serving.advice.inference_advisor import WARNING, InferenceAdvisor, Served
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.scaling.provisioned_concurrency import ProvisionedConcurrency
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_output import TransformOutput
from sagemaker_constructs.serving.variants.variant import Variant

IMAGE = ModelImage.from_directory("tests/unit/image")
SMALL: dict[str, Any] = {"requests_per_second": 2, "payload_megabytes": 0.1, "processing_seconds": 0.2}


def _workload(**changes: Any) -> InferenceWorkload:
    given: dict[str, Any] = {**SMALL, "latency_seconds": 1, **changes}
    return InferenceWorkload(**given)


def _warnings(stack: Stack) -> list[str]:
    found = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("This workload"))
    return [str(entry.entry.data) for entry in found]


@pytest.fixture
def serverless(stack: Stack) -> ServerlessEndpoint:
    return ServerlessEndpoint(stack, "Api", model=Model(stack, "Churn", image=IMAGE, network_isolation=False))


def _real_time(stack: Stack, key: kms.IKey, instance_type: str = "ml.c7i.large") -> RealTimeEndpoint:
    variants = [Variant(Model(stack, "Churn", image=IMAGE), instance_type)]
    return RealTimeEndpoint(stack, "Api", variants=variants, encryption_key=key)


def test_more_than_4_mb_on_serverless_is_warned_about(stack: Stack, serverless: ServerlessEndpoint) -> None:
    advice = InferenceAdvisor.check(serverless, _workload(payload_megabytes=4.5))
    [warning] = _warnings(stack)
    assert warning.startswith(
        "This workload does not fit serverless: payload of 4.5 MB is over the limit of 4. Instead, take real-time: "
    )
    assert advice.option is InferenceOption.REAL_TIME


def test_the_warning_has_an_id_by_which_it_is_accepted(stack: Stack, serverless: ServerlessEndpoint) -> None:
    InferenceAdvisor.check(serverless, _workload(payload_megabytes=4.5))
    Notices.of(serverless).acknowledge_warning(WARNING)
    assert _warnings(stack) == []


@pytest.mark.parametrize("changes", [{"payload_megabytes": 4}, {"requests_per_second": 100}])
def test_what_fits_serverless_passes_in_silence(
    stack: Stack, serverless: ServerlessEndpoint, changes: dict[str, Any]
) -> None:
    InferenceAdvisor.check(serverless, _workload(**changes))
    assert _warnings(stack) == []


def test_the_endpoint_s_own_concurrency_counts(stack: Stack, serverless: ServerlessEndpoint) -> None:
    InferenceAdvisor.check(serverless, _workload(requests_per_second=150))
    assert "30 requests at a time are over its maximum_concurrency of 20" in _warnings(stack)[0]


@pytest.mark.parametrize(("provisioned", "warnings"), [(None, 1), (ProvisionedConcurrency(1), 0)])
def test_provisioned_concurrency_spares_callers_the_cold_start(
    stack: Stack, provisioned: ProvisionedConcurrency | None, warnings: int
) -> None:
    model = Model(stack, "Churn", image=IMAGE, network_isolation=False)
    endpoint = ServerlessEndpoint(stack, "Api", model=model, provisioned=provisioned)
    InferenceAdvisor.check(endpoint, _workload(idle_share=0.5))
    assert len(_warnings(stack)) == warnings


@pytest.mark.parametrize(("seconds", "warnings"), [(60, 0), (61, 1)])
def test_long_work_in_real_time(stack: Stack, key: kms.IKey, seconds: float, warnings: int) -> None:
    InferenceAdvisor.check(_real_time(stack, key), _workload(processing_seconds=seconds, latency_seconds=900))
    assert len(_warnings(stack)) == warnings
    assert all("Instead, take asynchronous" in warning for warning in _warnings(stack))


@pytest.mark.parametrize(
    ("instance_type", "warnings"), [("ml.c7i.large", 1), ("ml.g6.xlarge", 0), ("ml.inf2.xlarge", 0)]
)
def test_accelerators_that_are_not_there(stack: Stack, key: kms.IKey, instance_type: str, warnings: int) -> None:
    InferenceAdvisor.check(_real_time(stack, key, instance_type), _workload(needs_gpu=True))
    assert len(_warnings(stack)) == warnings


@pytest.mark.parametrize(("accelerators", "warnings"), [(None, 1), (1, 0)])
def test_accelerators_that_a_component_does_not_ask_for(
    stack: Stack, key: kms.IKey, accelerators: int | None, warnings: int
) -> None:
    component = InferenceComponent(
        stack,
        "Chat",
        endpoint=SharedEndpoint(stack, "Shared", instance_type="ml.g6.xlarge", encryption_key=key),
        container=ModelContainer(IMAGE),
        memory_mb=1024,
        accelerators=accelerators,
    )
    InferenceAdvisor.check(component, _workload(needs_gpu=True))
    assert len(_warnings(stack)) == warnings


@pytest.mark.parametrize(("minimum", "warnings"), [(0, 1), (1, 0)])
def test_callers_who_cannot_wait_for_an_endpoint_that_sleeps(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, minimum: int, warnings: int
) -> None:
    endpoint = AsyncEndpoint(
        stack,
        "Scoring",
        model=Model(stack, "Churn", image=IMAGE),
        instance_type="ml.m6i.large",
        instances=InstanceRange(minimum, 2),
        output=bucket,
        encryption_key=key,
    )
    InferenceAdvisor.check(endpoint, _workload(latency_seconds=30))
    assert len(_warnings(stack)) == warnings


@pytest.mark.parametrize(("latency", "warnings"), [(None, 0), (10, 1)])
def test_nobody_may_wait_for_a_batch(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, latency: float | None, warnings: int
) -> None:
    batch: Served = BatchTransform(
        stack,
        "Scoring",
        model=Model(stack, "Churn", image=IMAGE),
        input=TransformInput(bucket, "in"),
        output=TransformOutput(bucket, "out"),
        encryption_key=key,
        instance_type="ml.m5.large",
    )
    InferenceAdvisor.check(batch, _workload(latency_seconds=latency))
    assert len(_warnings(stack)) == warnings


@pytest.mark.parametrize(("models", "warnings"), [(40, 0), (1, 1)])
def test_many_models_behind_one_endpoint(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, models: int, warnings: int
) -> None:
    model = Model(stack, "Many", containers=[ModelContainer(IMAGE, models=MultiModel(bucket))])
    endpoint = RealTimeEndpoint(stack, "Api", variants=[Variant(model, "ml.c7i.large")], encryption_key=key)
    InferenceAdvisor.check(endpoint, _workload(models=models))
    assert len(_warnings(stack)) == warnings


def test_where_nothing_fits_the_warning_says_what_to_change(stack: Stack, key: kms.IKey) -> None:
    InferenceAdvisor.check(_real_time(stack, key), _workload(payload_megabytes=30))
    assert "Instead, no option takes such requests: make them smaller, faster or fewer." in _warnings(stack)[0]
