"""Endpoints with real serving processes: created, invoked, updated, broken, deleted."""

import json
from typing import Any

import pytest

from harness.aws_clients import Clients, endpoint_config, model, refused, settled, wait_for


@pytest.fixture(scope="module")
def runtime(client: Clients) -> Any:
    return client("sagemaker-runtime")


@pytest.fixture(scope="module")
def serving(sagemaker: Any, echo_image: str) -> str:
    """An endpoint with two variants, marked a and b; only the first takes traffic by itself."""
    variants = [
        {
            "VariantName": mark,
            "ModelName": model(sagemaker, f"echo-{mark}", echo_image, MARK=mark),
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 2,
            "InitialVariantWeight": weight,
        }
        for mark, weight in (("a", 1.0), ("b", 0.0))
    ]
    sagemaker.create_endpoint_config(EndpointConfigName="echo", ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName="Echo", EndpointConfigName="echo")
    assert settled(sagemaker, "Echo")["EndpointStatus"] == "InService"
    return "Echo"


def invoke(runtime: Any, name: str, body: bytes, **options: Any) -> Any:
    answer = runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType="text/csv", **options)
    return {**answer, "Body": json.loads(answer["Body"].read())}


def test_variant_by_weight_and_by_name(runtime: Any, serving: str) -> None:
    answers = [invoke(runtime, serving, b"1,2") for _ in range(10)]
    assert {answer["InvokedProductionVariant"] for answer in answers} == {"a"}
    named = invoke(runtime, serving, b"1,2", TargetVariant="b", CustomAttributes="trace=1")
    assert named["Body"] == {"body": "1,2", "mark": "b"}
    assert (named["InvokedProductionVariant"], named["ContentType"], named["CustomAttributes"]) == (
        "b",
        "application/json",
        "trace=1",
    )


def test_weights_change_without_a_deployment(sagemaker: Any, runtime: Any, serving: str) -> None:
    def weigh(**weights: float) -> None:
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=serving,
            DesiredWeightsAndCapacities=[
                {"VariantName": name, "DesiredWeight": weight} for name, weight in weights.items()
            ],
        )

    weigh(a=0.0, b=1.0)
    assert invoke(runtime, serving, b"1")["InvokedProductionVariant"] == "b"
    weigh(a=1.0, b=0.0)
    assert invoke(runtime, serving, b"1")["InvokedProductionVariant"] == "a"


def test_describe_shows_what_runs(sagemaker: Any, serving: str, echo_image: str) -> None:
    first, second = sagemaker.describe_endpoint(EndpointName=serving)["ProductionVariants"]
    assert (first["VariantName"], first["CurrentInstanceCount"]) == ("a", 2)
    assert second["DeployedImages"][0]["SpecifiedImage"] == echo_image
    assert [
        each["EndpointName"]
        for each in sagemaker.list_endpoints(StatusEquals="InService", NameContains="Echo")["Endpoints"]
    ] == [serving]


@pytest.mark.parametrize(
    ("endpoint", "options", "message"),
    [
        ("Nobody", {}, "Endpoint Nobody of account 123456789012 not found."),
        ("Echo", {"TargetVariant": "c"}, "Variant c not found"),
    ],
)
def test_requests_that_reach_no_container(
    runtime: Any, serving: str, endpoint: str, options: dict[str, str], message: str
) -> None:
    code, said = refused(runtime.invoke_endpoint, EndpointName=endpoint, Body=b"1", **options)
    assert code == "ValidationError"
    assert message in said


def test_too_large_a_request(runtime: Any, serving: str) -> None:
    code, message = refused(runtime.invoke_endpoint, EndpointName=serving, Body=b"1" * (25 * 1024 * 1024 + 1))
    assert code == "ValidationError"
    assert "exceeds the limit of 26214400 bytes" in message


def test_a_container_s_error_is_a_model_error(runtime: Any, serving: str) -> None:
    with pytest.raises(runtime.exceptions.ModelError) as raised:
        runtime.invoke_endpoint(EndpointName=serving, Body=b"refuse")
    response = raised.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (response["OriginalStatusCode"], response["OriginalMessage"]) == (418, "a teapot")
    assert response["Error"]["Message"].startswith(
        'Received client error (418) from primary with message "a teapot".'
    )
    assert response["LogStreamArn"].endswith(":log-group:/aws/sagemaker/Endpoints/Echo")


def test_a_container_that_dies_is_back_at_the_next_call(runtime: Any, serving: str) -> None:
    with pytest.raises(runtime.exceptions.ModelError) as raised:
        runtime.invoke_endpoint(EndpointName=serving, Body=b"die")
    assert raised.value.response["OriginalStatusCode"] == 500
    assert raised.value.response["Error"]["Message"].startswith("Received server error (500) from primary")
    assert invoke(runtime, serving, b"again")["Body"]["body"] == "again"


def test_an_image_nobody_built_fails_with_a_reason(sagemaker: Any, runtime: Any) -> None:
    endpoint_config(sagemaker, "foreign", model(sagemaker, "foreign"))
    sagemaker.create_endpoint(EndpointName="foreign", EndpointConfigName="foreign")
    described = settled(sagemaker, "foreign")
    assert described["EndpointStatus"] == "Failed"
    assert "sagemaker-scikit-learn" in described["FailureReason"]
    assert "is in status Failed" in refused(runtime.invoke_endpoint, EndpointName="foreign", Body=b"1")[1]


def test_a_failed_update_leaves_the_old_variants_serving(sagemaker: Any, runtime: Any, echo_image: str) -> None:
    endpoint_config(sagemaker, "sound", model(sagemaker, "sound", echo_image, MARK="sound"))
    endpoint_config(sagemaker, "better", model(sagemaker, "better", echo_image, MARK="better"))
    endpoint_config(sagemaker, "broken", model(sagemaker, "broken", echo_image, BROKEN="1"))
    sagemaker.create_endpoint(EndpointName="updated", EndpointConfigName="sound")
    settled(sagemaker, "updated")

    sagemaker.update_endpoint(EndpointName="updated", EndpointConfigName="broken")
    described = settled(sagemaker, "updated")
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "sound")
    assert "this model is broken" in described["FailureReason"]
    assert invoke(runtime, "updated", b"1")["Body"]["mark"] == "sound"

    sagemaker.update_endpoint(EndpointName="updated", EndpointConfigName="better")
    described = settled(sagemaker, "updated")
    assert described["EndpointConfigName"] == "better"
    assert "FailureReason" not in described
    assert invoke(runtime, "updated", b"1")["Body"]["mark"] == "better"


def test_a_changing_endpoint_is_left_alone(sagemaker: Any, echo_image: str) -> None:
    endpoint_config(sagemaker, "slow", model(sagemaker, "slow", echo_image, SECONDS_TO_START="1"))
    sagemaker.create_endpoint(EndpointName="slow", EndpointConfigName="slow")
    assert "in-progress endpoint" in refused(sagemaker.delete_endpoint, EndpointName="slow")[1]
    settled(sagemaker, "slow")
    sagemaker.delete_endpoint(EndpointName="slow")
    wait_for(lambda: sagemaker.list_endpoints(NameContains="slow")["Endpoints"], lambda found: not found)
