"""Jobs at deployment, with the function killed for real after each of its calls."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from emulator.launcher import RunningEmulator
from harness.aws_clients import Clients, wait_for
from harness.deployed_stack import Stack
from harness.functions.deadly_gateway import DeadlyGateway
from harness.published_stack import deploy, publish, update
from sagemaker_constructs.core.acknowledgement import default_child
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.jobs import JobProvider, StartedJob
from sagemaker_constructs.storage import EncryptedBucket
from sagemaker_constructs.training import TrainingDefinition, TrainingJob

SECONDS = 60.0
BEGUN = ["StartExecution", "ListExecutions"]
STARTED = [*BEGUN, "DescribeTrainingJob", "CreateTrainingJob", "DescribeExecution"]
OF_A_START = [*STARTED, "SendMessage"]
OF_AN_END = [*BEGUN, "DescribeTrainingJob", "StopTrainingJob", "DescribeTrainingJob"]
OF_A_JOB = [*STARTED, "DescribeTrainingJob"]
OF_AN_INTERRUPTION = [*BEGUN, "StopExecution", "ListExecutions", "DescribeExecution", *OF_AN_END[2:]]


class Deployed:
    """Stacks with one job each, whose function speaks to AWS through a gateway."""

    def __init__(self, client: Clients, image: str, gateway: DeadlyGateway, outdir: Path) -> None:
        self.client, self.gateway = client, gateway
        self._image, self._outdir = image, outdir

    def build(self, **hyperparameters: str) -> Any:
        def add(stack: cdk.Stack) -> None:
            definition = TrainingDefinition(
                stack,
                "Training",
                image=ModelImage.from_uri(self._image),
                output=EncryptedBucket(stack, "Output"),
                instance_type="ml.m5.large",
                hyperparameters=hyperparameters,
            )
            TrainingJob(stack, "Job", definition=definition)
            function = default_child(JobProvider.of(stack).function)
            function.add_property_override("Environment.Variables.AWS_ENDPOINT_URL", self.gateway.address)

        return add

    def create(self, name: str, **hyperparameters: str) -> Stack:
        return deploy(self.client, name, self.build(**hyperparameters), context={}, outdir=self._outdir / name)

    def begin(self, name: str, **hyperparameters: str) -> Stack:
        body = publish(self.client, name, self.build(**hyperparameters), {}, self._outdir / name)
        stack = Stack(self.client("cloudformation"), name)
        stack.cloudformation.create_stack(StackName=name, TemplateBody=body)
        return stack

    def jobs(self, name: str) -> list[Mapping[str, Any]]:
        return self.client("sagemaker").list_training_jobs(NameContains=name)["TrainingJobSummaries"]

    def dies_after(self, operations: list[str]) -> None:
        self.gateway.deadly[:] = operations
        self.gateway.killed.clear()


@pytest.fixture(scope="module")
def deployed(
    client: Clients, emulator: RunningEmulator, echo_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    with DeadlyGateway(int(emulator.address.rpartition(":")[2])).serving() as gateway:
        yield Deployed(client, echo_image, gateway, tmp_path_factory.mktemp("killed-jobs"))


def test_killed_after_each_call_it_starts_one_job_and_tells_its_result(deployed: Deployed) -> None:
    deployed.dies_after(OF_A_JOB)
    stack = deployed.create("killed-once", mark="one")
    assert deployed.gateway.killed == OF_A_JOB
    [job] = deployed.jobs("killed-once")
    assert job["TrainingJobStatus"] == "Completed"
    assert stack.delete() == "DELETE_COMPLETE"


def test_killed_after_each_call_a_failed_job_fails_the_stack_with_its_reason(deployed: Deployed) -> None:
    deployed.dies_after(OF_A_JOB)
    stack = deployed.begin("killed-failing", failure="no rows")
    assert stack.settled() == "ROLLBACK_COMPLETE"
    assert any("AlgorithmError: no rows" in reason for reason in stack.reasons())
    assert len(deployed.jobs("killed-failing")) == 1


def test_killed_after_each_call_a_deletion_stops_the_job_that_is_being_created(deployed: Deployed) -> None:
    deployed.dies_after([])
    stack = deployed.begin("killed-interrupted", seconds="500")
    wait_for(lambda: deployed.jobs("killed-interrupted"), lambda jobs: len(jobs) == 1, SECONDS)
    deployed.dies_after(OF_AN_INTERRUPTION)
    assert stack.delete() == "DELETE_COMPLETE"
    assert deployed.gateway.killed == OF_AN_INTERRUPTION
    [job] = deployed.jobs("killed-interrupted")
    assert job["TrainingJobStatus"] == "Stopped"


class Followed:
    """A stack whose job it does not wait for, and what is told of it."""

    def __init__(self, client: Clients, gateway: DeadlyGateway, image: str, outdir: Path) -> None:
        self.client, self.gateway = client, gateway
        self._image, self._outdir = image, outdir
        self.stack = Stack(client("cloudformation"), "killed-started")
        self._told: list[str] = []

    def build(self, **hyperparameters: str) -> Any:
        def add(stack: cdk.Stack) -> None:
            topic, inbox = sns.Topic(stack, "Topic"), sqs.Queue(stack, "Inbox")
            sns.CfnSubscription(stack, "Told", topic_arn=topic.topic_arn, protocol="sqs", endpoint=inbox.queue_arn)
            cdk.CfnOutput(stack, "InboxUrl", value=inbox.queue_url)
            definition = TrainingDefinition(
                stack,
                "Training",
                image=ModelImage.from_uri(self._image),
                output=EncryptedBucket(stack, "Output"),
                instance_type="ml.m5.large",
                max_runtime=cdk.Duration.hours(5),
                hyperparameters=hyperparameters,
            )
            StartedJob(
                stack, "Job", definition=definition, parameter_name="/tests/started", notify=cast(sns.ITopic, topic)
            )
            function = default_child(JobProvider.of(stack).function)
            function.add_property_override("Environment.Variables.AWS_ENDPOINT_URL", self.gateway.address)

        return add

    def deploy(self, **hyperparameters: str) -> None:
        outdir = self._outdir / f"followed{len(list(self._outdir.iterdir()))}"
        deploy(self.client, self.stack.name, self.build(**hyperparameters), context={}, outdir=outdir)

    def update(self, **hyperparameters: str) -> str:
        outdir = self._outdir / f"followed{len(list(self._outdir.iterdir()))}"
        return update(self.client, self.stack, self.build(**hyperparameters), outdir=outdir)

    def status(self) -> Mapping[str, str]:
        return json.loads(self.parameter("status"))

    def parameter(self, name: str) -> str:
        return self.client("ssm").get_parameter(Name=f"/tests/started/{name}")["Parameter"]["Value"]

    def jobs(self) -> Mapping[str, str]:
        """The status of each job, by the hyperparameter ``mark``."""
        sagemaker = self.client("sagemaker")
        listed = sagemaker.list_training_jobs(NameContains=self.stack.name)["TrainingJobSummaries"]
        described = [sagemaker.describe_training_job(TrainingJobName=each["TrainingJobName"]) for each in listed]
        found = {each["HyperParameters"]["mark"]: each["TrainingJobStatus"] for each in described}
        assert len(found) == len(listed), "no job was started twice"
        return found

    def messages(self) -> str:
        """All that was told so far."""
        described = self.stack.describe()
        [url] = [each["OutputValue"] for each in described["Outputs"] if each["OutputKey"] == "InboxUrl"]
        found = self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        self._told += [each["Body"] for each in found]
        return "".join(self._told)

    def wait_for(self, status: str) -> Mapping[str, str]:
        return wait_for(self.status, lambda told: told.get("status") == status, SECONDS)


def test_a_job_that_nobody_waits_for_tells_its_result_later(
    client: Clients, emulator: RunningEmulator, echo_image: str, tmp_path: Path
) -> None:
    port = int(emulator.address.rpartition(":")[2])
    with DeadlyGateway(port).serving() as gateway:
        it = Followed(client, gateway, echo_image, tmp_path)
        gateway.deadly[:] = OF_A_START
        it.deploy(mark="one")
        assert gateway.killed == OF_A_START
        it.wait_for("Completed")
        artifact = it.parameter("ModelArtifactUrl")
        assert artifact.endswith("/output/model.tar.gz")

        assert it.update(mark="bad", failure="no rows") == "UPDATE_COMPLETE"
        assert "no rows" in it.wait_for("Failed")["reason"]
        assert it.parameter("ModelArtifactUrl") == artifact, "a failure loses no result"

        assert it.update(mark="one") == "UPDATE_COMPLETE"
        it.wait_for("Completed")
        assert it.update(mark="long", seconds="500") == "UPDATE_COMPLETE"
        it.wait_for("InProgress")
        assert it.jobs() == {"one": "Completed", "bad": "Failed", "long": "InProgress"}

        wait_for(it.messages, lambda told: "no rows" in told, SECONDS)
        gateway.deadly[:], gateway.killed[:] = OF_AN_END, []
        assert it.stack.delete() == "DELETE_COMPLETE"
        assert gateway.killed == OF_AN_END
        assert it.jobs()["long"] == "Stopped"
