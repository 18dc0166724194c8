"""Multi-model endpoints: models come from S3 when they are asked for, and go when room is short."""

import io
import json
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import Clients, metric_sum, refused, wait_for
from harness.serving_endpoints import deploy, deploy_model, variant

BUCKET = "many-models"
NAMES = ("one.tar.gz", "two.tar.gz", "below/three.tar.gz")


def archive(text: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as target:
        member = tarfile.TarInfo("weights.txt")
        member.size = len(text)
        target.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


@dataclass
class ManyModels:
    """A multi-model endpoint with room for two models."""

    name: str
    client: Clients

    def publish(self, key: str) -> None:
        self.client("s3").put_object(Bucket=BUCKET, Key=f"{self.name}/{key}", Body=archive(key))

    def retire(self, key: str) -> None:
        self.client("s3").delete_object(Bucket=BUCKET, Key=f"{self.name}/{key}")

    def invoke(self, target: str, body: bytes = b"1") -> Any:
        answer = self.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.name, TargetModel=target, Body=body
        )
        return json.loads(answer["Body"].read())

    def metric(self, name: str, namespace: str = "AWS/SageMaker") -> float:
        dimensions = {"EndpointName": self.name, "VariantName": "main"}
        return metric_sum(self.client, namespace, name, dimensions)


@pytest.fixture(scope="module")
def endpoints(client: Clients, echo_image: str) -> Iterator[Callable[..., ManyModels]]:
    """Makes endpoints of one multi-model container."""
    sagemaker, made = client("sagemaker"), list[str]()
    client("s3").create_bucket(Bucket=BUCKET)

    def make(caching: str = "Enabled") -> ManyModels:
        name = f"many-{time.monotonic_ns()}"
        container = {
            "Image": echo_image,
            "Mode": "MultiModel",
            "ModelDataUrl": f"s3://{BUCKET}/{name}/",
            "MultiModelConfig": {"ModelCacheSetting": caching},
            "Environment": {"MOST_MODELS": "2"},
        }
        deploy_model(sagemaker, name, PrimaryContainer=container)
        made.append(name)
        endpoint = ManyModels(name, client)
        for key in NAMES:
            endpoint.publish(key)
        return endpoint

    yield make
    for name in made:
        sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture(scope="module")
def many(endpoints: Callable[..., ManyModels]) -> ManyModels:
    return endpoints()


def test_each_request_gets_its_model(many: ManyModels) -> None:
    for key in NAMES:
        assert many.invoke(key)["model"] == key
    assert many.invoke(NAMES[0])["loaded"] == 2


def test_a_model_added_later_and_retired(many: ManyModels) -> None:
    many.publish("later.tar.gz")
    assert many.invoke("later.tar.gz")["model"] == "later.tar.gz"
    many.retire("later.tar.gz")
    assert many.invoke("later.tar.gz")["model"] == "later.tar.gz", "what is in memory stays"
    many.invoke(NAMES[0])
    many.invoke(NAMES[1])
    runtime = many.client("sagemaker-runtime")
    code, message = refused(runtime.invoke_endpoint, EndpointName=many.name, TargetModel="later.tar.gz", Body=b"1")
    assert code == "ValidationError"
    assert message.startswith(f"Failed to download model data(bucket: {BUCKET}, key: {many.name}/later.tar.gz)")


def test_a_restarted_container_has_nothing_in_memory(many: ManyModels) -> None:
    runtime = many.client("sagemaker-runtime")
    many.invoke(NAMES[0])
    assert refused(runtime.invoke_endpoint, EndpointName=many.name, TargetModel=NAMES[0], Body=b"die")[0] == (
        "ModelError"
    )
    assert many.invoke(NAMES[1])["loaded"] == 1


def test_a_target_model_is_needed_here_and_only_here(many: ManyModels, sagemaker: Any, echo_image: str) -> None:
    runtime = many.client("sagemaker-runtime")
    code, message = refused(runtime.invoke_endpoint, EndpointName=many.name, Body=b"1")
    assert (code, "requires a target model" in message) == ("ValidationError", True)
    name = deploy(sagemaker, f"single-{time.monotonic_ns()}", [variant(sagemaker, "main", echo_image)])
    code, message = refused(runtime.invoke_endpoint, EndpointName=name, TargetModel="a.tar.gz", Body=b"1")
    assert (code, "is not a multi-model endpoint" in message) == ("ValidationError", True)
    sagemaker.delete_endpoint(EndpointName=name)


def test_without_caching_a_model_goes_after_its_request(endpoints: Callable[..., ManyModels]) -> None:
    forgetful = endpoints("Disabled")
    for key in NAMES:
        assert forgetful.invoke(key)["loaded"] == 1
    forgetful.retire(NAMES[0])
    runtime = forgetful.client("sagemaker-runtime")
    assert refused(runtime.invoke_endpoint, EndpointName=forgetful.name, TargetModel=NAMES[0], Body=b"1")[0] == (
        "ValidationError"
    )


def test_metrics_of_loading(endpoints: Callable[..., ManyModels]) -> None:
    counted = endpoints()
    counted.invoke(NAMES[0])
    counted.invoke(NAMES[0])
    wait_for(lambda: counted.metric("ModelCacheHit"), lambda hits: hits == 1)
    assert counted.metric("ModelLoadingWaitTime") > 0
    assert counted.metric("LoadedModelCount", "/aws/sagemaker/Endpoints") == 2
