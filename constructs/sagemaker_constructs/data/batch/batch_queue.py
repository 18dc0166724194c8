"""Where jobs wait until there is capacity."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_batch as batch
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import Problem, in_range, matches, positive, reject, seconds_between
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.data.batch.batch_failures import BatchFailures
from sagemaker_constructs.data.batch.batch_job_size import Platform
from sagemaker_constructs.data.batch.capacity import Capacity, FargateCapacity, InstanceCapacity
from sagemaker_constructs.data.batch.instance_fleet import InstanceFleet
from sagemaker_constructs.network.vpc_placement import VpcPlacement

_IDS: Mapping[str, str] = {
    "FARGATE": "Fargate",
    "FARGATE_SPOT": "FargateSpot",
    "EC2": "Instances",
    "SPOT": "SpotInstances",
}
_REACHED = ("Ecr", "EcrDocker", "Logs")
_REACHED_BY_INSTANCES = ("Ecs", "EcsAgent", "EcsTelemetry")
_MOST_PRIORITY = 10_000
_SHORTEST_WAIT, _LONGEST_WAIT = 600, 86_400
_LEAST_VOLUME, _MOST_VOLUME = 30, 16_384
_NAMES = {"computeResources": "", "subnets": "placement.subnets", "computeEnvironmentOrder": "capacity"}
_STUCK = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE", "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"
_CROWDED = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"


class SubmissionQueue(BaseConstruct):
    """A queue of AWS Batch, of this app or not: ``BatchQueue``, or one that ``BatchQueue.from_queue_arn`` names."""

    def __init__(self, scope: Construct, id: str, *, arn: str = "", platform: Platform = "FARGATE") -> None:
        super().__init__(scope, id)
        self.arn: str = arn
        """The queue's ARN."""
        self.platform: Platform = platform
        """What its jobs run on."""

    def on_failure(self, id: str, *, topic: sns.ITopic) -> BatchFailures:
        """Tell ``topic`` of each job that fails, and of an array once."""
        return BatchFailures(self, id, queue_arn=self.arn, topic=topic)


class BatchQueue(SubmissionQueue):
    """A queue of AWS Batch, whose jobs run in ``placement`` on the first ``capacity`` that has room for them.

    ``capacity`` is Fargate by default; up to three may be tried in order, such as spare capacity and then the other:
    ``[FargateCapacity(spot=True), FargateCapacity()]``. Queues of higher ``priority`` that share it go first. Nothing
    here costs anything while no job waits or runs.

    A job at the head of the queue for which nothing here is large enough, and which would hold up all others for
    good, is cancelled after 10 minutes. With ``longest_wait``, 10 minutes to a day, so is one without capacity.

    Changes of capacity are made in place, and running jobs of instances have 30 minutes to end; another kind of
    capacity is another resource. Deleting the stack ends the queue's jobs. Batch acts as its service-linked role,
    which it makes with the first compute environment of an account; spare instances also take that of EC2 Spot.

    Provisions: one ``AWS::Batch::JobQueue``, an ``AWS::Batch::ComputeEnvironment`` for each of ``capacity``, and for
    instances an ``InstanceFleet``.
    Raises ``InvalidInput`` for what Batch refuses, and for a network from which jobs could neither pull their image
    nor write logs.

    See https://docs.aws.amazon.com/batch/latest/userguide/job_queue_parameters.html and
    https://docs.aws.amazon.com/batch/latest/userguide/updating-compute-environments.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        placement: VpcPlacement,
        capacity: Sequence[Capacity] = (FargateCapacity(),),
        priority: int = 1,
        longest_wait: Duration | None = None,
    ) -> None:
        super().__init__(scope, id)
        instances = any(isinstance(each, InstanceCapacity) for each in capacity)
        resources = [_resources(each, placement) for each in capacity]
        reject(
            self,
            [
                *_problems(capacity, resources),
                in_range("priority", priority, 0, _MOST_PRIORITY),
                seconds_between("longest_wait", longest_wait, _SHORTEST_WAIT, _LONGEST_WAIT)
                if longest_wait
                else None,
                _network_problem(placement, capacity),
            ],
        )
        counted: Counter[str] = Counter()
        order: list[dict[str, Any]] = []
        for at, (each, given) in enumerate(zip(capacity, resources, strict=True), start=1):
            counted[each.kind] += 1
            name = _IDS[each.kind] + (str(counted[each.kind]) if counted[each.kind] > 1 else "")
            made = self._environment(name, each, given)
            order.append({"order": at, "computeEnvironment": made.ref})
        actions = [_action(reason, _SHORTEST_WAIT) for reason in _STUCK]
        if longest_wait:
            actions.append(_action(_CROWDED, seconds_of(longest_wait)))
        self._resource = batch.CfnJobQueue(
            self,
            # A queue cannot be changed from one to the other.
            "InstanceQueue" if instances else "Queue",
            priority=priority,
            state="ENABLED",
            compute_environment_order=order,
            job_state_time_limit_actions=actions,
        )
        self.arn: str = self._resource.ref
        self.platform: Platform = "EC2" if instances else "FARGATE"

    @staticmethod
    def from_queue_arn(scope: Construct, id: str, arn: str, *, platform: Platform = "FARGATE") -> SubmissionQueue:
        """A queue that somebody else made, for jobs of ``platform``. Provisions nothing.

        Raises ``InvalidInput`` for what is no ARN of a queue.
        """
        wanted = "the ARN of a job queue, arn:…:batch:…:job-queue/…"
        queue = SubmissionQueue(scope, id, arn=arn, platform=platform)
        reject(queue, [matches("arn", arn, r"arn:[\w-]+:batch:[\w-]+:\d{12}:job-queue/[\w-]{1,128}", wanted)])
        return queue

    def _environment(self, id: str, capacity: Capacity, resources: dict[str, Any]) -> batch.CfnComputeEnvironment:
        more: dict[str, Any] = {}
        if isinstance(capacity, InstanceCapacity):
            fleet = InstanceFleet(self, f"{id}Fleet", volume_gib=capacity.volume_gib)
            resources |= {"instanceRole": fleet.profile_arn, "launchTemplate": fleet.template}
            more["update_policy"] = {"jobExecutionTimeoutMinutes": 30, "terminateJobsOnUpdate": False}
        return batch.CfnComputeEnvironment(
            self,
            id,
            type="MANAGED",
            state="ENABLED",
            # A new one in its place could not be rid of the old one before the jobs there have ended.
            replace_compute_environment=False,
            compute_resources=resources,
            **more,
        )


def _resources(capacity: Capacity, placement: VpcPlacement) -> dict[str, Any]:
    resources: dict[str, Any] = {
        "type": capacity.kind,
        "maxvCpus": capacity.max_vcpus,
        "subnets": placement.subnet_ids,
        "securityGroupIds": placement.security_group_ids,
    }
    if isinstance(capacity, InstanceCapacity):
        resources |= {
            "minvCpus": 0,
            "instanceTypes": list(capacity.instance_types),
            "allocationStrategy": capacity.allocation_strategy,
            "updateToLatestImageVersion": True,
        }
    return resources


def _action(reason: str, seconds: int) -> dict[str, Any]:
    return {"action": "CANCEL", "state": "RUNNABLE", "maxTimeSeconds": seconds, "reason": reason}


def _problems(capacity: Sequence[Capacity], resources: Sequence[dict[str, Any]]) -> Iterator[Problem | None]:
    if not capacity:
        yield Problem("capacity", "must hold at least one")
    for at, (each, given) in enumerate(zip(capacity, resources, strict=True)):
        place = f"capacity[{at}]"
        yield positive(f"{place}.max_vcpus", each.max_vcpus)
        request = {"type": "MANAGED", "computeResources": given}
        names = {**_NAMES, "instanceTypes": f"{place}.instance_types"}
        yield from request_problems("CreateComputeEnvironment", request, names)
        if isinstance(each, InstanceCapacity):
            yield in_range(f"{place}.volume_gib", each.volume_gib, _LEAST_VOLUME, _MOST_VOLUME)
            if not each.instance_types:
                yield Problem(f"{place}.instance_types", "must hold at least one family or type")
    known = {str(at): {"computeResources": given} for at, given in enumerate(resources)}
    order = [{"order": at, "computeEnvironment": str(at)} for at in range(len(resources))]
    request = {"computeEnvironmentOrder": order}
    yield from request_problems("CreateJobQueue", request, _NAMES, {"ComputeEnvironment": known})


def _network_problem(placement: VpcPlacement, capacity: Sequence[Capacity]) -> Problem | None:
    if placement.services is None:
        return None
    instances = any(isinstance(each, InstanceCapacity) for each in capacity)
    needed = (*_REACHED, *(_REACHED_BY_INSTANCES if instances else ()))
    missing = [name for name in needed if name not in placement.services]
    if not missing:
        return None
    wanted = f"must reach {', '.join(needed)}, or jobs could neither pull their image nor write logs"
    return Problem("placement", f"{wanted}; its network has no endpoints to {', '.join(missing)}")
