"""The unmodified `cdk` command line against the emulator: the whole life of a stage."""

from typing import Any

import pytest

from harness.aws_clients import Clients, settled
from harness.published_stack import Cdk


def test_life_of_a_stage(cdk: Cdk, client: Clients) -> None:
    done = cdk("bootstrap", "aws://123456789012/us-east-1")
    assert done.returncode == 0, done.stdout
    deploy = ("deploy", "**", "--require-approval", "never")

    done = cdk(*deploy)
    assert done.returncode == 0, done.stdout
    assert "docker build" in done.stdout or "Building Image" in done.stdout
    name = _endpoint(client)
    assert _answer(client, name) == b'{"body": "1", "mark": "first"}'
    assert client("ecr").describe_images(repositoryName="cdk-hnb659fds-container-assets-123456789012-us-east-1")[
        "imageDetails"
    ]

    done = cdk(*deploy)
    assert done.stdout.count("(no changes)") == 2, done.stdout
    assert "sha256:" not in done.stdout

    done = cdk("diff", "**", "--fail", MARK="second")
    assert done.returncode == 1
    assert "[~] AWS::SageMaker::Model" in done.stdout

    done = cdk(*deploy, "--output", "second", MARK="second")
    assert done.returncode == 0, done.stdout
    assert _answer(client, name) == b'{"body": "1", "mark": "second"}'

    done = cdk(*deploy, MARK="second", INSTANCE_TYPE="ml.m5.larg")
    assert done.returncode == 1
    assert "ml.m5.large, " in done.stdout
    assert _status(client, "test-serving") == "UPDATE_ROLLBACK_COMPLETE"
    assert _answer(client, name) == b'{"body": "1", "mark": "second"}'

    second = ("--app", "second")
    assert cdk("diff", "**", "--fail", *second).returncode == 0
    assert cdk("drift", "test/*", "--fail", *second).returncode == 0
    _drift(client, name)
    drifted = cdk("drift", "test/*", "--fail", *second)
    assert drifted.returncode == 1
    assert "VisibilityTimeout" in drifted.stdout
    assert "EndpointConfigName" in drifted.stdout

    done = cdk("destroy", "**", "--force", *second)
    assert done.returncode == 0, done.stdout
    assert client("sagemaker").list_endpoints(NameContains="test-serving")["Endpoints"] == []
    with pytest.raises(client("cloudformation").exceptions.ClientError, match="does not exist"):
        _status(client, "test-serving")


def _endpoint(client: Clients) -> str:
    outputs = client("cloudformation").describe_stacks(StackName="test-serving")["Stacks"][0]["Outputs"]
    return next(each["OutputValue"] for each in outputs if each["OutputKey"].endswith("EndpointName"))


def _drift(client: Clients, endpoint: str) -> None:
    """Change a queue and an endpoint behind CloudFormation's back."""
    resources = client("cloudformation").list_stack_resources(StackName="test-ground")["StackResourceSummaries"]
    queue = next(each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::SQS::Queue")
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "5"})
    sagemaker = client("sagemaker")
    used = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    variants = sagemaker.describe_endpoint_config(EndpointConfigName=used)["ProductionVariants"]
    sagemaker.create_endpoint_config(EndpointConfigName="by-hand", ProductionVariants=variants)
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName="by-hand")
    settled(sagemaker, endpoint)


def _answer(client: Clients, endpoint: str) -> Any:
    return client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=b"1")["Body"].read()


def _status(client: Clients, stack: str) -> str:
    return client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
