"""Arguments of a wrong type are one line each, whatever class or method of the library they are given to."""

import inspect
from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from jsii._kernel.providers.process import _NodeProcess  # pyright: ignore[reportPrivateUsage]

import sagemaker_constructs as sm
from sagemaker_constructs.core.argument_types import check_arguments

KEY = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"
Make = Callable[[cdk.Stack, sm.Model], object]


@pytest.fixture
def model(stack: cdk.Stack) -> sm.Model:
    return sm.Model(stack, "Model", image=sm.ModelImage.from_directory("tests/unit/image"))


def endpoint(stack: cdk.Stack, model: sm.Model, **arguments: Any) -> sm.RealTimeEndpoint:
    instances = sm.InstanceRange(1, 2)
    return sm.RealTimeEndpoint(
        stack, "Endpoint", model=model, instance_type="ml.m5.large", instances=instances, **arguments
    )


WRONG: dict[str, tuple[Make, str]] = {
    "text for an object": (
        lambda stack, _model: sm.Model(stack, "Other", image=cast(Any, "churn:1")),
        "Stack/Other: image must be ModelImage, got: str 'churn:1'",
    ),
    "text for a duration": (
        lambda stack, model: endpoint(stack, model, latency_limit="500ms"),
        "Stack/Endpoint: latency_limit must be Duration, got: str '500ms'",
    ),
    "one for a list": (
        lambda stack, model: sm.RealTimeEndpoint(
            stack, "Endpoint", variants=cast(Any, sm.Variant(model, "ml.m5.large"))
        ),
        "Stack/Endpoint: variants must be a list of Variant, got: Variant",
    ),
    "text for a list": (
        lambda stack, model: endpoint(stack, model, shadow="Shadow"),
        "Stack/Endpoint: shadow must be a list of Variant, got: str 'Shadow'",
    ),
    "an entry of a list": (
        lambda stack, model: endpoint(stack, model, shadow=[sm.Variant(model, "ml.m5.large"), model]),
        "Stack/Endpoint: shadow[1] must be Variant, got: Model",
    ),
    "an entry of a mapping": (
        lambda _stack, _model: sm.ModelContainer(
            sm.ModelImage.from_directory("tests/unit/image"), environment=cast(Any, {"WORKERS": 4})
        ),
        "ModelContainer: environment[WORKERS] must be str, got: int 4",
    ),
    "an ARN for a key": (
        lambda stack, model: endpoint(stack, model, encryption_key="arn:aws:kms"),
        "Stack/Endpoint: encryption_key must be aws_kms.IKey, got: str 'arn:aws:kms'",
    ),
    "a construct for another": (
        lambda stack, model: endpoint(stack, model, encryption_key=model),
        "Stack/Endpoint: encryption_key must be aws_kms.IKey, got: Model",
    ),
    "a member of an option": (
        lambda _stack, model: sm.Variant(model, cast(Any, 5), weight=cast(Any, "half")),
        "Variant: instance_type must be str, got: int 5\nVariant: weight must be float, got: str 'half'",
    ),
    "a truth value for a number": (
        lambda _stack, _model: sm.InstanceRange(1, cast(Any, True)),
        "InstanceRange: maximum must be int, got: bool True",
    ),
    "an argument of a method": (
        lambda stack, model: endpoint(stack, model).scale_on_invocations(per_instance_per_minute=cast(Any, "600")),
        "Stack/Endpoint.scale_on_invocations: per_instance_per_minute must be float, got: str '600'",
    ),
    "an argument of a factory": (
        lambda _stack, _model: sm.ModelArtifact.from_bucket(cast(Any, "artifacts"), "model.tar.gz"),
        "ModelArtifact.from_bucket: bucket must be aws_s3.IBucket, got: str 'artifacts'",
    ),
    "an argument of a function": (
        lambda stack, _model: sm.add_tags(stack, cast(Any, "team")),
        "add_tags: tags must be a mapping of str to str, got: str 'team'",
    ),
    "one of two types": (
        lambda _stack, _model: sm.ModelImage.from_directory(cast(Any, 5)),
        "ModelImage.from_directory: path must be str or Path, got: int 5",
    ),
    "a scope that is none": (
        lambda _stack, _model: sm.Model(cast(Any, "Stack"), "Other"),
        "Model: scope must be Construct, got: str 'Stack'",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_argument_type_wanted_and_type_given_are_named(case: str, stack: cdk.Stack, model: sm.Model) -> None:
    make, line = WRONG[case]
    with pytest.raises(sm.InvalidInput) as refused:
        make(stack, model)
    assert str(refused.value) == line


def test_nothing_is_made_of_a_refused_argument(stack: cdk.Stack, model: sm.Model) -> None:
    with pytest.raises(sm.InvalidInput):
        endpoint(stack, model, latency_limit="500ms")
    assert stack.node.try_find_child("Endpoint") is None


def test_interfaces_are_what_their_members_say(stack: cdk.Stack, model: sm.Model) -> None:
    imported = kms.Key.from_key_arn(stack, "Imported", KEY)
    made = endpoint(stack, model, encryption_key=imported)
    made.roll_back_on(cloudwatch.Alarm.from_alarm_name(stack, "Alarm", "named"))
    assert made.configuration.kms_key_id


def test_tokens_and_omitted_arguments_pass(stack: cdk.Stack, model: sm.Model) -> None:
    names = cdk.CfnParameter(stack, "Types", type="CommaDelimitedList").value_as_list
    number = cdk.CfnParameter(stack, "Count", type="Number").value_as_number
    sm.Variant(model, cdk.Fn.select(0, names), instances=sm.InstanceRange(cast(int, number)), volume_size_gb=None)
    door = sm.FrontDoor(stack, "Door", endpoint=endpoint(stack, model), allow_origins=names)
    assert door.url


def test_every_name_of_the_package_is_checked_once() -> None:
    for name in dir(sm):
        named = getattr(sm, name)
        made = getattr(named, "__init__", named) if isinstance(named, type) else named
        assert check_arguments(named) is named
        assert name == "InvalidInput" or not inspect.isfunction(made) or hasattr(made, "__checked_arguments__"), name
        assert not hasattr(getattr(made, "__wrapped__", None), "__wrapped__"), name


def test_signatures_stay_readable() -> None:
    assert list(inspect.signature(sm.InstanceRange).parameters) == ["minimum", "maximum"]


def test_the_check_asks_nothing_of_the_process_of_the_cdk(
    stack: cdk.Stack, model: sm.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, logs = kms.Key(stack, "Key"), sm.AccessLogBucket.of(stack)

    def take(*, encryption_key: kms.IKey, access_logs: s3.IBucket, latency_limit: cdk.Duration) -> None: ...

    def crossing(*_: object) -> None:
        raise AssertionError("the process of the CDK was asked")

    duration = cdk.Duration.seconds(1)
    monkeypatch.setattr(_NodeProcess, "send", crossing)
    check_arguments(take)(encryption_key=key, access_logs=logs, latency_limit=duration)
    with pytest.raises(sm.InvalidInput, match=r"access_logs must be aws_s3\.IBucket, got: aws_kms\.Key"):
        check_arguments(take)(encryption_key=key, access_logs=key, latency_limit=duration)
