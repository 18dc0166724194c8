"""A watch over real training: rule, function, schedule, log, topic and report."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

import sagemaker_constructs as sm
from harness.aws_clients import Clients, wait_for
from harness.containers.tabular_image import build_pushed
from harness.deployed_stack import Stack
from harness.published_stack import deploy

SECONDS = 240.0
LOSSES = {"train:loss": r"train:loss=(\S+)", "validation:loss": r"validation:loss=(\S+)"}


class Watched:
    """A deployed watch, and jobs as its definition would start them."""

    def __init__(self, client: Clients, image: str, stack: Stack) -> None:
        self.client, self.image, self.stack = client, image, stack
        described = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}

    def train(self, name: str, image: str = "", **hyperparameters: str) -> None:
        self.client("sagemaker").create_training_job(
            TrainingJobName=name,
            RoleArn=self.outputs["RoleArn"],
            HyperParameters={"dataset": "breast-cancer", **hyperparameters},
            AlgorithmSpecification={
                "TrainingImage": image or self.image,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": metric, "Regex": regex} for metric, regex in LOSSES.items()],
            },
            OutputDataConfig={"S3OutputPath": f"s3://{self.outputs['BucketName']}/training"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
            Tags=[{"Key": "sagemaker-constructs:watch", "Value": self.outputs["WatchName"]}],
        )

    def described(self, name: str) -> Mapping[str, Any]:
        return self.client("sagemaker").describe_training_job(TrainingJobName=name)

    def ended(self, name: str) -> str:
        done = ("Completed", "Failed", "Stopped")
        job = wait_for(lambda: self.described(name), lambda each: each["TrainingJobStatus"] in done, SECONDS)
        return str(job["TrainingJobStatus"])

    def left(self, name: str) -> list[str]:
        listed = self.client("s3").list_objects_v2(Bucket=self.outputs["BucketName"], Prefix=f"training/{name}/")
        return [each["Key"].rpartition("/")[2] for each in listed.get("Contents", [])]

    def report(self, name: str) -> Mapping[str, Any]:
        key = f"training/{name}/output/watch.json"
        return json.loads(self.client("s3").get_object(Bucket=self.outputs["BucketName"], Key=key)["Body"].read())

    def messages(self) -> list[str]:
        """What the topic's subscriber has got since the last time."""
        sqs, queue = self.client("sqs"), self.outputs["InboxUrl"]
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for each in found:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"])["Message"] for each in found]

    def schedules(self) -> list[str]:
        listed = self.client("scheduler").list_schedules(GroupName=self.outputs["WatchName"])["Schedules"]
        return [each["Name"] for each in listed if each["GroupName"] == self.outputs["WatchName"]]


@pytest.fixture(scope="module")
def watched(client: Clients, image_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    def build(stack: cdk.Stack) -> None:
        bucket = sm.EncryptedBucket(stack, "Models")
        topic, inbox = sns.Topic(stack, "Topic"), sqs.Queue(stack, "Inbox")
        sns.CfnSubscription(stack, "Told", topic_arn=topic.topic_arn, protocol="sqs", endpoint=inbox.queue_arn)
        rules = [
            sm.WatchRule.overfitting("train:loss", "validation:loss", rounds=20, by=0.01),
            sm.WatchRule.not_a_number(),
            sm.WatchRule.under_used("CPU", percent=5, minutes=1, stops=True),
        ]
        watch = sm.TrainingWatch(stack, "Watch", rules=rules, notify=cast(sns.ITopic, topic))
        definition = sm.TrainingDefinition(
            stack,
            "Network",
            image=sm.ModelImage.from_library("pytorch"),
            output=bucket,
            instance_type="ml.m5.large",
            metric_definitions=LOSSES,
            watch=watch,
        )
        outputs = {
            "RoleArn": definition.role.role_arn,
            "BucketName": bucket.bucket_name,
            "WatchName": watch.name,
            "InboxUrl": inbox.queue_url,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(stack, name, value=value)

    image = build_pushed(image_root, "pytorch")
    outdir = tmp_path_factory.mktemp("watched")
    return Watched(client, image, deploy(client, "watched", build, context={}, outdir=outdir))


def test_a_bad_and_an_idle_training_are_stopped_and_a_good_one_is_left_alone(
    watched: Watched, echo_image: str
) -> None:
    watched.train("sleeps", echo_image, seconds="500")
    watched.train("overfits", epochs="10000", hidden_units="512", learning_rate="0.01", weight_decay="0")
    watched.train("learns", epochs="5")
    assert watched.ended("learns") == "Completed"
    wait_for(lambda: watched.left("learns"), lambda left: "watch.html" in left, SECONDS)
    report = watched.report("learns")
    assert report["findings"] == []
    assert [value for _, value in report["metrics"]["train:loss"]["values"]] == sorted(
        (value for _, value in report["metrics"]["train:loss"]["values"]), reverse=True
    )
    assert report["metrics"]["train:loss"]["rounds"] == 5

    assert watched.ended("overfits") == "Stopped"
    wait_for(lambda: watched.left("overfits"), lambda left: {"watch.html", "model.tar.gz"} <= {*left}, SECONDS)
    assert watched.ended("sleeps") == "Stopped"
    told: list[str] = []
    wait_for(lambda: told.extend(watched.messages()), lambda _: len(told) > 1, SECONDS)
    overfits, sleeps = sorted(told)
    assert "overfits: The watch has stopped this job." in overfits
    assert "validation:loss was best in round" in overfits
    assert "CPU is used for less than 5 % since 1 minutes" in sleeps
    assert watched.report("overfits")["stopped"]
    assert b"polyline" in _page(watched, "overfits")
    assert wait_for(watched.schedules, lambda names: not names, SECONDS) == []
    assert watched.report("overfits")["status"] == "Stopped"
    assert watched.messages() == []


def _page(watched: Watched, name: str) -> bytes:
    key = f"training/{name}/output/watch.html"
    return watched.client("s3").get_object(Bucket=watched.outputs["BucketName"], Key=key)["Body"].read()
