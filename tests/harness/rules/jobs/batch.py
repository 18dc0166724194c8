"""Requests of Batch that break a rule."""

from collections.abc import Callable
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_ec2 as ec2

from harness.aws_clients import ROLE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.data.batch.batch_job_definition import BatchJobDefinition
from sagemaker_constructs.data.batch.batch_job_size import BatchJobSize
from sagemaker_constructs.data.batch.batch_queue import BatchQueue
from sagemaker_constructs.data.batch.batch_retries import BatchRetries
from sagemaker_constructs.data.batch.capacity import FargateCapacity, InstanceCapacity
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.network.vpc_placement import VpcPlacement

_MIXED = "tests/emulator/services/test_batch.py::test_a_queue_does_not_mix_fargate_and_instances"
_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/jobs:1"


def _definition(
    cpus: str = "1", memory: str = "2048", *, more: Any = None, container: Any = None, **members: Any
) -> Request:
    wanted = [{"type": "VCPU", "value": cpus}, {"type": "MEMORY", "value": memory}, *(more or ())]
    properties: dict[str, Any] = {
        "image": _IMAGE,
        "executionRoleArn": ROLE,
        "resourceRequirements": wanted,
        **(container or {}),
    }
    return {
        "jobDefinitionName": "ruled",
        "type": "container",
        "platformCapabilities": ["FARGATE"],
        "containerProperties": {name: value for name, value in properties.items() if value is not None},
        **members,
    }


def _job(**members: Any) -> Request:
    return {"jobName": "ruled", "jobQueue": "ruled", "jobDefinition": "ruled", **members}


def _environment(kind: str = "FARGATE", **members: Any) -> Request:
    resources = {"type": kind, "maxvCpus": 4, "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"], **members}
    return {"computeEnvironmentName": "ruled", "type": "MANAGED", "computeResources": resources}


def _queue(*environments: str) -> Request:
    order = [{"order": at, "computeEnvironment": name} for at, name in enumerate(environments, start=1)]
    return {"jobQueueName": "ruled", "priority": 1, "computeEnvironmentOrder": order}


def _placement(stack: Stack, subnets: int = 2) -> VpcPlacement:
    return VpcPlacement(
        [ec2.Subnet.from_subnet_id(stack, f"Subnet{at}", f"subnet-{at}") for at in range(subnets)],
        [ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")],
    )


def _defined(**options: Any) -> Callable[[Stack], BatchJobDefinition]:
    def build(stack: Stack) -> BatchJobDefinition:
        return BatchJobDefinition(stack, "Job", image=ModelImage.from_uri(_IMAGE), **options)

    return build


def _queued(*capacity: FargateCapacity | InstanceCapacity, subnets: int = 2) -> Callable[[Stack], BatchQueue]:
    def build(stack: Stack) -> BatchQueue:
        return BatchQueue(stack, "Queue", placement=_placement(stack, subnets), capacity=capacity)

    return build


def _arrayed(stack: Stack) -> None:
    queue = BatchQueue(stack, "Queue", placement=_placement(stack))
    _defined()(stack).schedule("Nightly", "rate(1 day)", queue=queue, array_size=1)


_CONDITION = {"onExitCode": "1", "action": "RETRY"}
CASES = {
    "fargate-has-some-sizes": RuleCase(
        refused=_definition("1", "1024"), taken=_definition("8", "20480"), synth=_defined(size=BatchJobSize(3, 8192))
    ),
    "fargate-pulls-images-by-a-role": RuleCase(
        refused=_definition(container={"executionRoleArn": None}), taken=_definition()
    ),
    "fargate-has-no-gpus": RuleCase(
        refused=_definition(more=[{"type": "GPU", "value": "1"}]),
        taken=_definition(),
        synth=_defined(size=BatchJobSize(gpus=1)),
    ),
    "fargate-containers-are-unprivileged": RuleCase(
        refused=_definition(container={"privileged": True}), taken=_definition(container={"privileged": False})
    ),
    "fargate-storage-has-a-range": RuleCase(
        refused=_definition(container={"ephemeralStorage": {"sizeInGiB": 20}}),
        taken=_definition(container={"ephemeralStorage": {"sizeInGiB": 21}}),
        synth=_defined(size=BatchJobSize(storage_gib=201)),
    ),
    "variables-of-batch-are-its-own": RuleCase(
        refused=_definition(container={"environment": [{"name": "AWS_BATCH_MINE", "value": "1"}]}),
        taken=_definition(container={"environment": [{"name": "MINE", "value": "1"}]}),
        synth=_defined(environment={"AWS_BATCH_MINE": "1"}),
    ),
    "jobs-have-up-to-ten-attempts": RuleCase(
        refused=_definition(retryStrategy={"attempts": 11}),
        taken=_definition(retryStrategy={"attempts": 10}),
        synth=_defined(retries=BatchRetries(attempts=0)),
    ),
    "conditions-of-attempts-are-five": RuleCase(
        refused=_definition(retryStrategy={"attempts": 2, "evaluateOnExit": [_CONDITION] * 6}),
        taken=_definition(retryStrategy={"attempts": 2, "evaluateOnExit": [_CONDITION] * 5}),
        synth=_defined(retries=BatchRetries(exit_codes=[1, 2, 3])),
    ),
    "attempts-may-take-a-minute": RuleCase(
        refused=_definition(timeout={"attemptDurationSeconds": 59}),
        taken=_definition(timeout={"attemptDurationSeconds": 60}),
        synth=_defined(max_runtime=Duration.seconds(59)),
    ),
    "arrays-have-at-least-two-jobs": RuleCase(
        refused=_job(arrayProperties={"size": 1}), taken=_job(arrayProperties={"size": 10_000}), synth=_arrayed
    ),
    "jobs-depend-on-twenty-others": RuleCase(
        refused=_job(dependsOn=[{"jobId": str(at)} for at in range(21)]),
        taken=_job(dependsOn=[{"jobId": str(at)} for at in range(20)]),
    ),
    "names-of-batch-jobs-are-words": RuleCase(refused=_job(jobName="-a"), taken=_job(jobName="a-b_1")),
    "fargate-has-no-instances": RuleCase(refused=_environment(instanceTypes=["c7i"]), taken=_environment()),
    "fargate-has-sixteen-subnets": RuleCase(
        refused=_environment(subnets=[f"subnet-{at}" for at in range(17)]),
        taken=_environment(subnets=[f"subnet-{at}" for at in range(16)]),
        synth=_queued(FargateCapacity(), subnets=17),
    ),
    "instances-share-an-architecture": RuleCase(
        refused=_environment("EC2", instanceTypes=["c7g", "c7i"]),
        taken=_environment("EC2", instanceTypes=["c7i", "g5.xlarge"]),
        synth=_queued(InstanceCapacity(["m7g.large", "m7i.large"])),
    ),
    "the-best-fit-of-spot-needs-a-fleet-role": RuleCase(
        refused=_environment("SPOT", instanceTypes=["c7i"]),
        taken=_environment("SPOT", instanceTypes=["c7i"], allocationStrategy="SPOT_PRICE_CAPACITY_OPTIMIZED"),
    ),
    "queues-have-three-environments": RuleCase(
        refused=_queue("a", "b", "c", "d"), taken=_queue("a", "b", "c"), synth=_queued(*[FargateCapacity()] * 4)
    ),
    "queues-do-not-mix-fargate-and-instances": RuleCase(
        refused=_queue("fargate", "instances"),
        taken=_queue("fargate"),
        synth=_queued(FargateCapacity(), InstanceCapacity(["c7i"])),
        elsewhere=_MIXED,
    ),
}
