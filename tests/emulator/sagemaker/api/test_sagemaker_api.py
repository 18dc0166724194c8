"""SageMaker's control plane over boto3: validation, references, lists, tags."""

import time
from typing import Any

import pytest

from harness.aws_clients import AWS_IMAGE, ROLE, Clients, endpoint_config, model, refused


def test_good_request_is_taken(sagemaker: Any) -> None:
    arn = sagemaker.create_model(ModelName="Good-1", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": AWS_IMAGE})
    described = sagemaker.describe_model(ModelName="Good-1")
    assert arn["ModelArn"] == described["ModelArn"] == "arn:aws:sagemaker:us-east-1:123456789012:model/good-1"
    assert described["PrimaryContainer"] == {"Image": AWS_IMAGE}


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        (
            {"ModelName": "bad_name"},
            "'bad_name' at 'modelName' failed to satisfy constraint: Member must satisfy reg",
        ),
        ({"ModelName": "n" * 64}, "Member must have length less than or equal to 63"),
        ({"ModelName": "n", "ExecutionRoleArn": "short"}, "Member must have length greater than or equal to 20"),
        ({"ModelName": "n", "PrimaryContainer": {"Image": "with space"}}, "at 'primaryContainer.image'"),
        (
            {"ModelName": "n", "PrimaryContainer": {"Mode": "Several"}},
            "Member must satisfy enum value set: [SingleModel",
        ),
        ({"ModelName": "n", "Containers": [{"Image": "a"}] * 16}, "at 'containers' failed"),
    ],
)
def test_model_fault_is_named(sagemaker: Any, request_: dict[str, Any], fault: str) -> None:
    code, message = refused(sagemaker.create_model, **request_)
    assert code == "ValidationException"
    assert fault in message


def test_faults_that_the_sdk_would_catch_are_caught_without_it(client: Clients) -> None:
    sagemaker = client("sagemaker")
    sagemaker.meta.events.register("before-call.sagemaker.CreateModel", _misspell)
    code, message = refused(sagemaker.create_model, ModelName="n")
    assert code == "ValidationException"
    assert message.startswith("3 validation errors detected: ")
    assert "at 'modelName' failed to satisfy constraint: Member must not be null" in message
    assert "Unknown parameter 'ModelNam'" in message
    assert "Invalid type for parameter enableNetworkIsolation, value: 'yes'" in message


def _misspell(params: dict[str, Any], **_: Any) -> None:
    params["body"] = b'{"ModelNam": "n", "EnableNetworkIsolation": "yes"}'


def test_range_and_instance_type(sagemaker: Any) -> None:
    model(sagemaker, "ranged")
    code, message = refused(
        sagemaker.create_endpoint_config,
        EndpointConfigName="ranged",
        ProductionVariants=[
            {
                "VariantName": "v",
                "ModelName": "ranged",
                "InstanceType": "ml.c7i.larg",
                "InitialInstanceCount": 1,
                "InitialVariantWeight": 1.0,
                "ContainerStartupHealthCheckTimeoutInSeconds": 30,
            }
        ],
    )
    assert code == "ValidationException"
    assert "2 validation errors" in message
    assert "ml.c7i.large, " in message
    assert "greater than or equal to 60" in message


def test_references_must_exist(sagemaker: Any) -> None:
    assert refused(endpoint_config_of, sagemaker=sagemaker) == (
        "ValidationException",
        'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/nobody".',
    )
    assert refused(sagemaker.create_endpoint, EndpointName="e", EndpointConfigName="nobody") == (
        "ValidationException",
        'Could not find endpoint configuration "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/nobody".',
    )


def endpoint_config_of(sagemaker: Any) -> None:
    endpoint_config(sagemaker, "refers", "nobody")


def test_same_name_twice(sagemaker: Any) -> None:
    model(sagemaker, "twice")
    code, message = refused(sagemaker.create_model, ModelName="Twice", ExecutionRoleArn=ROLE)
    assert code == "ValidationException"
    assert message.startswith("Cannot create already existing model")


def test_missing_resource_has_the_operation_s_own_error(sagemaker: Any) -> None:
    assert refused(sagemaker.describe_model, ModelName="nobody")[0] == "ValidationException"
    assert refused(sagemaker.describe_pipeline, PipelineName="nobody")[0] == "ResourceNotFound"


# What the AWS provider of Terraform takes for "it is gone", and what it takes for a failure otherwise.
@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("TrainingJob", "ValidationException", "Requested resource not found."),
        ("ProcessingJob", "ValidationException", "Could not find requested job with name: nobody"),
        ("TransformJob", "ValidationException", "Could not find requested job with name: nobody"),
        ("NotebookInstance", "ValidationException", "RecordNotFound"),
        ("CodeRepository", "ValidationException", "Cannot find CodeRepository"),
        ("ModelPackageGroup", "ValidationException", "does not exist"),
        ("Model", "ValidationException", "Could not find model"),
        ("EndpointConfig", "ValidationException", "Could not find endpoint configuration"),
        ("Workforce", "ValidationException", "No workforce"),
        ("Workteam", "ValidationException", "The work team"),
        ("DeviceFleet", "ValidationException", "No devicefleet with name"),
        ("Image", "ResourceNotFound", "No Image with the name"),
        ("AppImageConfig", "ResourceNotFound", "does not exist"),
        ("AutoMLJob", "ResourceNotFound", "can't find an AutoML job called nobody"),
        ("FeatureGroup", "ResourceNotFound", ""),
        ("HumanTaskUi", "ResourceNotFound", ""),
        ("StudioLifecycleConfig", "ResourceNotFound", ""),
    ],
)
def test_what_does_not_exist_is_said_in_sagemaker_s_words(sagemaker: Any, kind: str, code: str, words: str) -> None:
    [method] = [
        method for method, operation in sagemaker.meta.method_to_api_mapping.items() if operation == f"Describe{kind}"
    ]
    member = sagemaker.meta.service_model.operation_model(f"Describe{kind}").input_shape.required_members[0]
    answered = refused(getattr(sagemaker, method), **{member: "nobody"})
    assert (answered[0], words in answered[1]) == (code, True), answered


def test_what_is_not_emulated_says_so(sagemaker: Any) -> None:
    code, message = refused(sagemaker.search, Resource="TrainingJob")
    assert code == "UnsupportedOperation"
    assert "Search" in message


def test_pages_survive_a_deletion(sagemaker: Any) -> None:
    for index in range(7):
        model(sagemaker, f"paged-{index}")
    asked = {"NameContains": "paged-", "SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 3}
    first = sagemaker.list_models(**asked)
    sagemaker.delete_model(ModelName="paged-2")
    second = sagemaker.list_models(**asked, NextToken=first["NextToken"])
    third = sagemaker.list_models(**asked, NextToken=second["NextToken"])
    names = [each["ModelName"] for page in (first, second, third) for each in page["Models"]]
    assert names == [f"paged-{index}" for index in range(7)]
    assert "NextToken" not in third
    pages = sagemaker.get_paginator("list_models").paginate(NameContains="paged-")
    assert len([each for page in pages for each in page["Models"]]) == 6
    assert refused(sagemaker.list_models, NextToken="made up")[0] == "ValidationException"


def test_filters(sagemaker: Any) -> None:
    for name in ("fast", "slow"):
        sagemaker.create_notebook_instance(
            NotebookInstanceName=f"filtered-{name}", InstanceType="ml.t3.medium", RoleArn=ROLE
        )
        sagemaker.get_waiter("notebook_instance_in_service").wait(
            NotebookInstanceName=f"filtered-{name}", WaiterConfig={"Delay": 1, "MaxAttempts": 300}
        )
    sagemaker.stop_notebook_instance(NotebookInstanceName="filtered-slow")

    def names(**filters: Any) -> list[str]:
        found = sagemaker.list_notebook_instances(NameContains="filtered-", **filters)["NotebookInstances"]
        return sorted(each["NotebookInstanceName"] for each in found)

    assert names(StatusEquals="Stopped") == ["filtered-slow"]
    assert names(StatusEquals="InService") == ["filtered-fast"]
    assert names(CreationTimeAfter=time.time() + 60) == []
    assert names(CreationTimeBefore=time.time() + 60) == ["filtered-fast", "filtered-slow"]


def test_tags(sagemaker: Any) -> None:
    arn = sagemaker.create_model_package_group(ModelPackageGroupName="tagged", Tags=[{"Key": "team", "Value": "a"}])[
        "ModelPackageGroupArn"
    ]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "b"}, {"Key": "cost", "Value": "1"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": "cost", "Value": "1"},
        {"Key": "team", "Value": "b"},
    ]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "cost", "Value": "1"}]
    assert refused(sagemaker.list_tags, ResourceArn=f"{arn}-nobody")[0] == "ValidationException"
