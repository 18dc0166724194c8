"""A watch over a training, killed for real after each of its calls: job, log, table, schedule, report and topic."""

import contextlib
import itertools
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from emulator.launcher import RunningEmulator
from harness.aws_clients import ROLE, Clients, wait_for
from harness.functions.forked_function import ForkedFunction
from harness.published_stack import deploy
from sagemaker_constructs.storage import EncryptedBucket
from sagemaker_constructs.training import TrainingWatch, WatchRule

JOB = "killed-watch"
LOG = "/aws/sagemaker/TrainingJobs"
MOST_CALLS = 30
LEASE_SECONDS = 71


class Watched:
    """A deployed watch that only the test calls, and one job that computes nothing but NaN."""

    def __init__(self, client: Clients, name: str) -> None:
        self.client = client
        cloudformation = client("cloudformation")
        described = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
        resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        [function] = [
            each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::Lambda::Function"
        ]
        configuration = client("lambda").get_function_configuration(FunctionName=function)
        self.environment: Mapping[str, str] = configuration["Environment"]["Variables"]

    def train(self, image: str) -> None:
        self.client("sagemaker").create_training_job(
            TrainingJobName=JOB,
            RoleArn=ROLE,
            HyperParameters={"seconds": "500"},
            AlgorithmSpecification={
                "TrainingImage": image,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "train:loss", "Regex": r"train:loss=(\S+)"}],
            },
            OutputDataConfig={"S3OutputPath": f"s3://{self.outputs['BucketName']}/training"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
            Tags=[{"Key": "sagemaker-constructs:watch", "Value": self.outputs["WatchName"]}],
        )
        logs = self.client("logs")
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            # All training jobs of an account share it.
            logs.create_log_group(logGroupName=LOG)
        logs.create_log_stream(logGroupName=LOG, logStreamName=f"{JOB}/algo-1-1")
        lines = [{"timestamp": int(time.time() * 1000), "message": f"train:loss={value}"} for value in ("1", "nan")]
        logs.put_log_events(logGroupName=LOG, logStreamName=f"{JOB}/algo-1-1", logEvents=lines)

    def status(self) -> str:
        return self.client("sagemaker").describe_training_job(TrainingJobName=JOB)["TrainingJobStatus"]

    def report(self) -> Mapping[str, Any]:
        key = f"training/{JOB}/output/watch.json"
        return json.loads(self.client("s3").get_object(Bucket=self.outputs["BucketName"], Key=key)["Body"].read())

    def messages(self) -> list[Any]:
        received = self.client("sqs").receive_message(QueueUrl=self.outputs["InboxUrl"], MaxNumberOfMessages=10)
        return received.get("Messages", [])


@pytest.fixture(scope="module")
def watched(client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    def build(stack: cdk.Stack) -> None:
        topic, inbox = sns.Topic(stack, "Topic"), sqs.Queue(stack, "Inbox")
        sns.CfnSubscription(stack, "Told", topic_arn=topic.topic_arn, protocol="sqs", endpoint=inbox.queue_arn)
        watch = TrainingWatch(stack, "Watch", rules=[WatchRule.not_a_number()], notify=cast(sns.ITopic, topic))
        outputs = {
            "BucketName": EncryptedBucket(stack, "Models").bucket_name,
            "WatchName": watch.name,
            "InboxUrl": inbox.queue_url,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(stack, name, value=value)

    deploy(client, "killed-watch", build, context={}, outdir=Path(tmp_path_factory.mktemp("killed-watch")))
    return Watched(client, "killed-watch")


def test_killed_after_each_call_it_stops_the_job_once_and_tells(
    watched: Watched, emulator: RunningEmulator, echo_image: str
) -> None:
    watched.train(echo_image)
    services = ("sagemaker", "logs", "s3", "sns", "dynamodb", "scheduler")
    event = {"detail": {"TrainingJobName": JOB}}
    with ForkedFunction.of("watch", emulator, watched.environment, *services) as function:
        outcome: Mapping[str, Any] = {}
        for calls in itertools.count(1):
            assert calls < MOST_CALLS
            # The lease of who has died ends by itself.
            outcome = function.deliver(event, dies_after=calls, later=LEASE_SECONDS * calls)
            if "killed" not in outcome:
                break
        assert outcome == {"returned": None}
        assert wait_for(watched.status, lambda status: status != "Stopping") == "Stopped"
        for later in (1, 2):
            assert function.deliver(event, later=LEASE_SECONDS * (MOST_CALLS + later)) == {"returned": None}
        killed, carried_out = function.gateway.killed, function.gateway.calls
    assert len(killed) > 5
    assert carried_out.count("StopTrainingJob") == 1
    assert "UpdateItem" in killed
    assert watched.report()["stopped"] is True
    assert 1 <= len(wait_for(watched.messages, bool)) <= 2
    schedules = watched.client("scheduler").list_schedules(GroupName=watched.environment["SCHEDULES"])["Schedules"]
    assert [each for each in schedules if each["Name"] == JOB] == []
