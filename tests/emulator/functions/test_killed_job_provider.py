"""Jobs at deployment, with the function killed for real after each of its calls."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from emulator.launcher import RunningEmulator
from harness.aws_clients import Clients
from harness.deployed_stack import Stack
from harness.functions.deadly_gateway import DeadlyGateway
from harness.published_stack import deploy, publish
from sagemaker_constructs.core.acknowledgement import default_child
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.jobs import JobProvider
from sagemaker_constructs.storage import EncryptedBucket
from sagemaker_constructs.training import TrainingDefinition, TrainingJob

OF_A_JOB = ["StartExecution", "DescribeTrainingJob", "CreateTrainingJob", "DescribeTrainingJob"]


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
