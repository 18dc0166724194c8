"""Approval, killed for real after each of its calls: events, queue, ledger and CloudFormation of the emulator."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm

from emulator.launcher import RunningEmulator
from harness.aws_clients import Clients, wait_for
from harness.functions.forked_function import ForkedFunction
from harness.published_stack import deploy
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import ModelArtifact, ModelContainer
from sagemaker_constructs.registry import ApprovedModel, ModelPackageGroup, ModelPackageVersion

GROUP, POINTER, COPY = "killed-models", "/tests/killed-approval", "/tests/killed-approval-copy"
STACK = "killed-live"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/models:one"
MOST_CALLS = 30
Event = Mapping[str, Any]


class Registry:
    """A group whose approvals deploy a stack; only the test calls the function."""

    def __init__(self, client: Clients, function: str) -> None:
        self.client = client
        functions = client("lambda")
        [mapping] = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
        described = functions.get_function_configuration(FunctionName=function)
        self.environment: Mapping[str, str] = described["Environment"]["Variables"]

    def decide(self, arn: str, status: str) -> Event:
        self.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)
        detail = {"ModelPackageGroupName": GROUP, "ModelPackageArn": arn, "ModelApprovalStatus": status}
        return _event("aws.sagemaker", detail)

    def settled(self) -> Event:
        """What CloudFormation tells of the stack when it is at rest."""
        stack = wait_for(self._stack, lambda each: not each["StackStatus"].endswith("IN_PROGRESS"))
        detail = {"stack-id": stack["StackId"], "status-details": {"status": stack["StackStatus"]}}
        return _event("aws.cloudformation", detail)

    def live(self) -> tuple[str, str]:
        """The version in the ledger, if it is deployed, and the one that the stack has taken."""
        items = self.client("dynamodb").scan(TableName=self.environment["TABLE"])["Items"]
        [pointer] = [each for each in items if each["Entry"]["S"] == "live"]
        package = pointer["Package"]["S"] if pointer["State"]["S"] == "deployed" else pointer["State"]["S"]
        return package, self.client("ssm").get_parameter(Name=COPY)["Parameter"]["Value"]

    def tokens(self) -> list[str]:
        """The token of each update that was started."""
        events = self.client("cloudformation").describe_stack_events(StackName=STACK)["StackEvents"]
        return [
            each["ClientRequestToken"]
            for each in events
            if each["ResourceStatus"] == "UPDATE_IN_PROGRESS"
            and each["ResourceType"] == "AWS::CloudFormation::Stack"
            and each.get("ClientRequestToken")
        ]

    def _stack(self) -> Mapping[str, Any]:
        return self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]


def _event(source: str, detail: Mapping[str, Any]) -> Event:
    return {"Records": [{"body": json.dumps({"source": source, "detail": detail})}]}


def _version(client: Clients) -> str:
    return client("sagemaker").create_model_package(
        ModelPackageGroupName=GROUP,
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]


@pytest.fixture(scope="module")
def registry(client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("killed-approval")

    def approved(stack: cdk.Stack) -> None:
        models = ModelPackageGroup(stack, "Group", name=GROUP)
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "killed-artifacts")
        artifact = ModelArtifact.from_bucket(bucket, "model.tar.gz")
        container = ModelContainer(ModelImage.from_uri(IMAGE), artifact)
        first = ModelPackageVersion(stack, "First", group=models, container=container)
        ApprovedModel(stack, "Approved", group=models, parameter_name=POINTER, first=first.arn, stacks=[STACK])

    def live(stack: cdk.Stack) -> None:
        package = ssm.StringParameter.value_for_string_parameter(stack, POINTER)
        ssm.CfnParameter(stack, "Copy", name=COPY, type="String", value=package)

    stack = deploy(client, "killed-approval", approved, context={}, outdir=Path(folder / "approved"))
    deploy(client, STACK, live, context={}, outdir=Path(folder / "live"))
    resources = stack.cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    [function] = [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::Lambda::Function"]
    return Registry(client, function)


def test_killed_after_each_call_it_deploys_what_is_approved_once(
    registry: Registry, client: Clients, emulator: RunningEmulator
) -> None:
    told: list[Event] = []
    with ForkedFunction.of(
        "approval", emulator, registry.environment, "dynamodb", "cloudformation", "sagemaker", "ssm", "sns"
    ) as function:

        def deliver(event: Event, calls: int) -> bool:
            """Whether the function died; then the event comes again."""
            told.append(event)
            if "killed" not in function.deliver(event, dies_after=calls):
                return False
            assert function.deliver(event) == {"returned": None}
            return True

        for calls in itertools.count(1):
            assert calls < MOST_CALLS
            refused, version = _version(client), _version(client)
            registry.decide(refused, "Rejected")
            died = [deliver(registry.decide(version, "Approved"), calls)]
            # What was told of a version that nobody has approved, and of earlier ones, comes late.
            for event in (registry.decide(refused, "Rejected"), *told[:1]):
                function.deliver(event)
            died.append(deliver(registry.settled(), calls))
            assert registry.live() == (version, version)
            if not any(died):
                break
        killed = set(function.gateway.killed)
    assert {"TransactWriteItems", "PutParameter", "UpdateStack", "DescribeModelPackage"} <= killed
    tokens = registry.tokens()
    assert len(tokens) == len(set(tokens)), "each update was started once"
    history = client("ssm").get_parameter_history(Name=POINTER)["Parameters"]
    described = [client("sagemaker").describe_model_package(ModelPackageName=each["Value"]) for each in history]
    assert {each["ModelApprovalStatus"] for each in described} == {"Approved"}
