"""A challenger in the shadow of a real endpoint is compared by a real job, approved in the registry, and serves."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from harness.aws_clients import Clients, wait_for
from harness.containers.tabular_image import build_pushed
from harness.monitor.captured import told as truth_line
from harness.published_stack import deploy
from sagemaker_constructs.data import ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model, ModelArtifact, ModelContainer, ModelPackage
from sagemaker_constructs.monitoring import (
    AnswerQuality,
    ChallengerComparison,
    CollectedTruth,
    DriftReactions,
    DriftSettings,
    PromoteChallenger,
    PromotionRule,
)
from sagemaker_constructs.registry import ApprovedModel, ModelPackageGroup, ModelPackageVersion
from sagemaker_constructs.serving import DataCapture, RealTimeEndpoint, Variant

pytestmark = pytest.mark.whole

BUCKET, GROUP, POINTER = "challenged", "challenged-models", "/tests/challenged"
SECONDS = 120.0
ASKED = 300


@dataclass(frozen=True)
class Row:
    """A row, and whether it is one of those that are looked for."""

    x: float
    y: float
    label: int


def rows(count: int, seed: int) -> list[Row]:
    """Rows of which a tree finds the label, and a stump does not."""
    draw = random.Random(seed)
    points = [(draw.uniform(-1, 1), draw.uniform(-1, 1)) for _ in range(count)]
    return [Row(round(x, 4), round(y, 4), int((x > 0) != (y > 0) and draw.random() < 0.95)) for x, y in points]


class Challenged:
    """An endpoint with a champion and a challenger, and what is told of them."""

    def __init__(self, client: Clients, outputs: Mapping[str, str], packages: Mapping[str, str]) -> None:
        self.client, self.outputs, self.packages, self.s3 = client, outputs, packages, client("s3")

    def ask(self, asked: Sequence[Row]) -> None:
        for number, row in enumerate(asked):
            self.client("sagemaker-runtime").invoke_endpoint(
                EndpointName=self.outputs["Endpoint"],
                Body=f"{row.x},{row.y}",
                ContentType="text/csv",
                InferenceId=f"i{number}",
            )

    def captured(self, variant: str) -> list[Mapping[str, Any]]:
        prefix = f"captured/{self.outputs['Endpoint']}/{variant}/"
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        texts = [self.s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read().decode() for each in listed]
        return [json.loads(line) for text in texts for line in text.splitlines()]

    def tell(self, asked: Sequence[Row], hour: datetime) -> None:
        lines = [truth_line(f"i{number}", str(row.label)) for number, row in enumerate(asked)]
        self.s3.put_object(Bucket=BUCKET, Key=f"truth/{hour:%Y/%m/%d/%H}/lines.jsonl", Body="\n".join(lines).encode())

    def look(self, day: datetime) -> Mapping[str, Any]:
        """Have the window of a day looked at; what was told of it."""
        payload = json.dumps({"time": f"{day + timedelta(days=1, minutes=15):%Y-%m-%dT%H:%M:%SZ}"})
        answer = self.client("lambda").invoke(FunctionName=self.outputs["Function"], Payload=payload)
        assert "FunctionError" not in answer, answer["Payload"].read()
        return wait_for(lambda: self.read(day, "told"), bool, SECONDS)

    def read(self, day: datetime, name: str) -> Any:
        key = f"reports/{self.outputs['Comparison']}/{day:%Y/%m/%d/%H}/{name}.json"
        try:
            return json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
        except self.s3.exceptions.NoSuchKey:
            return None

    def reactions(self) -> Mapping[str, str]:
        """What was done, by its state."""
        items = self.client("dynamodb").scan(TableName=self.outputs["Reactions"])["Items"]
        lines = [each for each in items if each["Entry"]["S"].startswith("reaction#")]
        return {each["State"]["S"]: each["Outcome"]["S"] for each in lines}

    def served(self) -> str:
        """The model package of the champion."""
        sagemaker = self.client("sagemaker")
        endpoint = sagemaker.describe_endpoint(EndpointName=self.outputs["Endpoint"])
        if endpoint["EndpointStatus"] != "InService":
            return endpoint["EndpointStatus"]
        config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
        model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
        return model["PrimaryContainer"]["ModelPackageName"]


def _train(client: Clients, image: str, role: str) -> Mapping[str, str]:
    """Two models of the same rows: one of stumps, and one of trees."""
    lines = ["x,y,label", *(f"{row.x},{row.y},{row.label}" for row in rows(1_500, 1))]
    client("s3").put_object(Bucket=BUCKET, Key="train/rows.csv", Body="\n".join(lines).encode())
    artifacts: dict[str, str] = {}
    for name, leaves in (("champion", 2), ("challenger", 31)):
        client("sagemaker").create_training_job(
            TrainingJobName=f"challenged-{name}",
            AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
            RoleArn=role,
            HyperParameters={"label": "label", "num_iterations": "40", "num_leaves": str(leaves)},
            InputDataConfig=[
                {
                    "ChannelName": "train",
                    "DataSource": {
                        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train/",
                                         "S3DataDistributionType": "FullyReplicated"}
                    },
                    "ContentType": "text/csv",
                }
            ],
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )  # fmt: skip
    for name in ("champion", "challenger"):
        job = wait_for(
            lambda name=name: client("sagemaker").describe_training_job(TrainingJobName=f"challenged-{name}"),
            lambda found: found["TrainingJobStatus"] in ("Completed", "Failed"),
            SECONDS,
        )
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        artifacts[name] = job["ModelArtifacts"]["S3ModelArtifacts"]
    return artifacts


@pytest.fixture(scope="module")
def challenged(
    client: Clients, image_root: Path, tabular_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Challenged:
    client("s3").create_bucket(Bucket=BUCKET)
    role = "arn:aws:iam::123456789012:role/trains"
    artifacts = _train(client, tabular_image, role)
    monitor_image = ModelImage.from_uri(build_pushed(image_root, "monitor"))
    made: dict[str, Any] = {}

    def registry(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", BUCKET)
        group = made["group"] = ModelPackageGroup(stack, "Group", name=GROUP)
        artifact = ModelArtifact.from_bucket(bucket, artifacts["champion"].removeprefix(f"s3://{BUCKET}/"))
        container = ModelContainer(ModelImage.from_uri(tabular_image), artifact)
        first = ModelPackageVersion(stack, "First", group=group, container=container)
        made["approved"] = ApprovedModel(
            stack, "Approved", group=group, parameter_name=POINTER, first=first.arn, stacks=["challenged-live"]
        )
        cdk.CfnOutput(stack, "Champion", value=first.arn)

    folder = tmp_path_factory.mktemp("challenged")
    packages = _outputs(client, "challenged-registry", registry, folder)
    packages["Challenger"] = _registered(client, tabular_image, artifacts["challenger"])

    def live(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", BUCKET)
        of_version = made["approved"].package(stack, bucket=bucket, prefix="models")
        challenger = ModelPackage(packages["Challenger"], bucket=bucket, prefix="models")
        variants = {
            name: Variant(Model(stack, name, package=package), instance_type="ml.c7i.large", name=name)
            for name, package in (("Champion", of_version), ("Challenger", challenger))
        }
        capture = DataCapture(bucket)
        endpoint = RealTimeEndpoint(
            stack, "Live", variants=[variants["Champion"]], shadow=[variants["Challenger"]], capture=capture
        )
        comparison = ChallengerComparison(
            stack,
            "Compared",
            endpoint=endpoint,
            capture=capture,
            truth=CollectedTruth(bucket, "truth"),
            reports=ProcessingOutput(bucket, "reports"),
            settings=DriftSettings(
                outputs=["label", "score"], quality=AnswerQuality("BinaryClassification", prediction="label")
            ),
            rule=PromotionRule(minimum_truths=200, minimum_days=0, slower_by=20),
            image=monitor_image,
        )
        reactions = DriftReactions(
            stack,
            "Promotion",
            monitor=comparison,
            reactions={"promote": PromoteChallenger(made["group"], automatic=True)},
        )
        outputs = {
            "Endpoint": endpoint.endpoint_name,
            "Comparison": comparison.monitor_name,
            "Function": comparison.function_arn,
            "Reactions": reactions.table_name,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(stack, name, value=value)

    return Challenged(client, _outputs(client, "challenged-live", live, folder), packages)


def _registered(client: Clients, image: str, artifact: str) -> str:
    """A version that waits for approval, as a pipeline registers it."""
    registered = client("sagemaker").create_model_package(
        ModelPackageGroupName=GROUP,
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": artifact}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    return str(registered["ModelPackageArn"])


def _outputs(client: Clients, name: str, build: Any, folder: Path) -> dict[str, str]:
    stack = deploy(client, name, build, context={}, outdir=folder / name)
    described = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}


def test_a_challenger_that_is_better_is_promoted_and_serves(challenged: Challenged) -> None:
    asked = rows(ASKED, 2)
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    assert challenged.served() == challenged.packages["Champion"]
    challenged.ask(asked)
    for variant in ("Champion", "Challenger"):
        lines = wait_for(
            lambda variant=variant: challenged.captured(variant), lambda found: len(found) == ASKED, 60.0
        )
        # A copy keeps the caller's name, and is an event of its own.
        assert {each["eventMetadata"]["inferenceId"] for each in lines} == {f"i{number}" for number in range(ASKED)}
    challenged.tell(asked, day)
    told = challenged.look(day)
    report = challenged.read(day, "report")
    assert (told["recommendation"], report["paired"]) == ("promote", {"inference id": ASKED}), told
    assert told["challenger"]["package"] == challenged.packages["Challenger"]
    assert told["champion"]["package"] == challenged.packages["Champion"]
    assert told["confidence"] > 0.99
    assert told["effect"] > 0.1
    assert report["latency"]["p99"] is not None, "CloudWatch has measured both"
    assert report["since"] <= report["window"]["end"]

    lines = wait_for(challenged.reactions, lambda found: "acting" not in found and bool(found), SECONDS)
    assert lines == {"done": f"{challenged.packages['Challenger']} was approved"}
    wait_for(challenged.served, lambda served: served == challenged.packages["Challenger"], SECONDS)
    described = challenged.client("sagemaker").describe_model_package(
        ModelPackageName=challenged.packages["Challenger"]
    )
    assert described["ModelApprovalStatus"] == "Approved"
    assert challenged.outputs["Comparison"] in described["ApprovalDescription"]
