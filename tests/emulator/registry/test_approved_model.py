"""Approval in the registry deploys, for real: events, queue, function, table and CloudFormation's own rollout."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from harness.aws_clients import Clients, refused, wait_for
from harness.published_stack import deploy
from sagemaker_constructs.core.assets import packed
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model, ModelArtifact, ModelContainer
from sagemaker_constructs.registry import ApprovedModel, ModelPackageGroup, ModelPackageVersion
from sagemaker_constructs.serving import AllAtOnceRollout, InstanceRange, RealTimeEndpoint

BUCKET, GROUP, POINTER = "registered", "churn-models", "/tests/approved-model"
SECONDS = 60.0


class Registry:
    """The group, and what is live of it."""

    def __init__(self, client: Clients, image: str, endpoint: str, table: str) -> None:
        self.client, self.image, self.endpoint, self.table = client, image, endpoint, table

    def register(self, **environment: str) -> str:
        """A version that waits for approval."""
        container = {
            "Image": self.image,
            "ModelDataUrl": f"s3://{BUCKET}/models/model.tar.gz",
            "Environment": environment,
        }
        types = ["text/csv"]
        created = self.client("sagemaker").create_model_package(
            ModelPackageGroupName=GROUP,
            ModelApprovalStatus="PendingManualApproval",
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": types,
                "SupportedResponseMIMETypes": types,
            },
        )
        return created["ModelPackageArn"]

    def decide(self, arn: str, status: str) -> None:
        self.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)

    def mark(self) -> str:
        """What the live version answers."""
        answer = self.client("sagemaker-runtime").invoke_endpoint(EndpointName=self.endpoint, Body=b"1")
        return answer["Body"].read().decode()

    def moves(self) -> list[tuple[str, str]]:
        """Each move of the pointer: why, and how it ended."""
        items = self.client("dynamodb").scan(TableName=self.table)["Items"]
        moves = {each["Entry"]["S"]: each for each in items if each["Entry"]["S"].startswith("move#")}
        return [(moves[entry]["Action"]["S"], moves[entry]["State"]["S"]) for entry in sorted(moves)]


@pytest.fixture(scope="module")
def registry(client: Clients, echo_image: str, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    weights = tmp_path_factory.mktemp("weights")
    (weights / "weights.txt").write_text("1")
    store = client("s3")
    store.create_bucket(Bucket=BUCKET)
    store.put_object(Bucket=BUCKET, Key="models/model.tar.gz", Body=packed(weights))
    image = ModelImage.from_uri(echo_image)
    made: dict[str, Any] = {}

    def group(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", BUCKET)
        artifact = ModelArtifact.from_bucket(bucket, "models/model.tar.gz")
        models = ModelPackageGroup(stack, "Group", name=GROUP)
        first = ModelPackageVersion(
            stack, "First", group=models, container=ModelContainer(image, artifact, {"MARK": "first"})
        )
        made["approved"] = ApprovedModel(
            stack, "Approved", group=models, parameter_name=POINTER, first=first.arn, stacks=["live-models"]
        )
        cdk.CfnOutput(stack, "Table", value=made["approved"].table_name)

    def live(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", BUCKET)
        package = made["approved"].package(stack, bucket=bucket, prefix="models")
        endpoint = RealTimeEndpoint(
            stack,
            "Live",
            model=Model(stack, "Model", package=package),
            instance_type="ml.m5.large",
            instances=InstanceRange(1),
            rollout=AllAtOnceRollout(bake=cdk.Duration.minutes(3)),
        )
        cdk.CfnOutput(stack, "Endpoint", value=endpoint.endpoint_name)

    folder = tmp_path_factory.mktemp("registry")
    outputs: dict[str, str] = {}
    for name, build in (("model-registry", group), ("live-models", live)):
        stack = deploy(client, name, build, context={}, outdir=Path(folder / name))
        described = stack.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        outputs |= {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    return Registry(client, echo_image, outputs["Endpoint"], outputs["Table"])


def test_what_is_approved_is_live_and_what_is_rejected_gives_way(registry: Registry) -> None:
    assert '"mark": "first"' in registry.mark()
    second = registry.register(MARK="second")
    registry.decide(second, "Approved")
    wait_for(registry.mark, lambda said: '"mark": "second"' in said, SECONDS)
    wait_for(registry.moves, lambda moves: moves[-1] == ("approved", "deployed"), SECONDS)

    broken = registry.register(BROKEN="yes")
    registry.decide(broken, "Approved")
    moves = wait_for(registry.moves, lambda moves: moves[-1] == ("returned", "deployed"), SECONDS)
    assert moves[-2] == ("approved", "failed")
    assert '"mark": "second"' in registry.mark()
    pointer = registry.client("ssm").get_parameter(Name=POINTER)["Parameter"]["Value"]
    assert pointer == second

    registry.decide(second, "Rejected")
    wait_for(registry.mark, lambda said: '"mark": "first"' in said, SECONDS)
    wait_for(registry.moves, lambda moves: moves[-1] == ("returned", "deployed"), SECONDS)


@pytest.mark.parametrize("name", ["aws-approved", "/SSM/approved", "/aws/approved"])
def test_a_reserved_name_is_refused(client: Clients, name: str) -> None:
    code, words = refused(client("ssm").put_parameter, Name=name, Value="x", Type="String")
    assert code in ("ValidationException", "AccessDeniedException")
    assert "can't be prefixed" in words or "reserved parameter name" in words
