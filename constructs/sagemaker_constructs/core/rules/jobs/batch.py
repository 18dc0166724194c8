"""AWS Batch: sizes that Fargate has, attempts and their conditions, arrays, and what makes up a queue."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagemaker_constructs.core.rules.catalogue import Broken, Call, Request, rule
from sagemaker_constructs.core.tokens import is_token

_REGISTER, _SUBMIT = "RegisterJobDefinition", "SubmitJob"
_ENVIRONMENT, _QUEUE = "CreateComputeEnvironment", "CreateJobQueue"
_API = "https://docs.aws.amazon.com/batch/latest/APIReference"
_GUIDE = "https://docs.aws.amazon.com/batch/latest/userguide"
_READ = "2026-11-29"
_GIB = 1024
_FARGATE = ("FARGATE", "FARGATE_SPOT")
_ECS = ("EC2", "SPOT")
_MOST_ATTEMPTS, _MOST_CONDITIONS, _MOST_DEPENDENCIES = 10, 5, 20
_SHORTEST_SECONDS = 60
_LEAST_ARRAY, _MOST_ARRAY = 2, 10_000
_LEAST_STORAGE, _MOST_STORAGE = 21, 200
_MOST_SUBNETS, _MOST_ENVIRONMENTS = 16, 3
_NOT_OF_FARGATE = (
    "allocationStrategy", "bidPercentage", "desiredvCpus", "ec2Configuration", "ec2KeyPair", "imageId",
    "instanceRole", "instanceTypes", "launchTemplate", "minvCpus", "placementGroup", "spotIamFleetRole", "tags",
)  # fmt: skip


def _steps(first: int, last: int, by: int = 1) -> tuple[int, ...]:
    return tuple(gib * _GIB for gib in range(first, last + 1, by))


FARGATE_SIZES: Mapping[float, tuple[int, ...]] = {
    0.25: (512, *_steps(1, 2)),
    0.5: _steps(1, 4),
    1: _steps(2, 8),
    2: _steps(4, 16),
    4: _steps(8, 30),
    8: _steps(16, 60, 4),
    16: _steps(32, 120, 8),
    32: (60 * _GIB, 120 * _GIB, 244 * _GIB),
}
"""The memory in MiB that Fargate has for a number of vCPUs."""


def _container(call: Call) -> Mapping[str, Any]:
    return call.request.get("containerProperties") or {}


def _on_fargate(call: Call) -> bool:
    return "FARGATE" in (call.request.get("platformCapabilities") or ())


def _wanted(call: Call) -> dict[str, str]:
    wanted: Sequence[Mapping[str, str]] = _container(call).get("resourceRequirements") or ()
    return {} if is_token(wanted) else {each.get("type", ""): each.get("value", "") for each in wanted}


def _member(request: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return request.get(name) or {}


@rule(_REGISTER, f"{_API}/API_ResourceRequirement.html", read=_READ)
def fargate_has_some_sizes(call: Call) -> Iterator[Broken]:
    """A job on Fargate has 0.25, 0.5, 1, 2, 4, 8, 16 or 32 vCPUs, and an amount of memory that is supported with
    them."""
    wanted = _wanted(call)
    cpus, memory = wanted.get("VCPU", ""), wanted.get("MEMORY", "")
    if not _on_fargate(call) or any(map(is_token, (cpus, memory, *wanted))):
        return
    sizes = FARGATE_SIZES.get(_number(cpus), ())
    if not sizes or _number(memory) not in sizes:
        allowed = f", with which it has {_listed(sizes)}" if sizes else ""
        yield "containerProperties.resourceRequirements", f"{cpus or 'no'} vCPU with {memory or 'no'} MiB{allowed}"


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else 0


def _listed(sizes: Sequence[int]) -> str:
    if len(sizes) > 4:
        return f"{sizes[0]}, {sizes[1]}, … {sizes[-1]} MiB"
    return f"{', '.join(map(str, sizes))} MiB"


@rule(_REGISTER, f"{_GUIDE}/fargate-job-definitions.html", read=_READ, enforced=("emulator",))
def fargate_pulls_images_by_a_role(call: Call) -> Iterator[Broken]:
    """A job on Fargate requires an executionRoleArn."""
    if _on_fargate(call) and not _container(call).get("executionRoleArn"):
        yield "containerProperties.executionRoleArn", "none"


@rule(_REGISTER, f"{_GUIDE}/fargate-job-definitions.html", read=_READ)
def fargate_has_no_gpus(call: Call) -> Iterator[Broken]:
    """GPUs are not available for jobs on Fargate."""
    gpus = _wanted(call).get("GPU")
    if _on_fargate(call) and gpus is not None:
        yield "containerProperties.resourceRequirements", f"{gpus} GPU"


@rule(_REGISTER, f"{_GUIDE}/fargate-job-definitions.html", read=_READ, enforced=("emulator",))
def fargate_containers_are_unprivileged(call: Call) -> Iterator[Broken]:
    """A job on Fargate is not privileged."""
    privileged = _container(call).get("privileged", False)
    if _on_fargate(call) and not is_token(privileged) and privileged:
        yield "containerProperties.privileged", privileged


@rule(_REGISTER, f"{_API}/API_EphemeralStorage.html", read=_READ)
def fargate_storage_has_a_range(call: Call) -> Iterator[Broken]:
    """The ephemeralStorage of a job on Fargate is 21 to 200 GiB."""
    size = _member(_container(call), "ephemeralStorage").get("sizeInGiB")
    if size is not None and not is_token(size) and not _LEAST_STORAGE <= size <= _MOST_STORAGE:
        yield "containerProperties.ephemeralStorage.sizeInGiB", size


@rule(_REGISTER, f"{_GUIDE}/job_env_vars.html", read=_READ)
def variables_of_batch_are_its_own(call: Call) -> Iterator[Broken]:
    """Names of environment variables do not begin with AWS_BATCH, which is reserved for those that Batch sets."""
    for each in _container(call).get("environment") or ():
        name = each.get("name", "")
        if not is_token(name) and name.startswith("AWS_BATCH"):
            yield "containerProperties.environment", name


@rule(_REGISTER, f"{_API}/API_RetryStrategy.html", read=_READ, also=(_SUBMIT,))
def jobs_have_up_to_ten_attempts(call: Call) -> Iterator[Broken]:
    """A retryStrategy has 1 to 10 attempts."""
    attempts = _member(call.request, "retryStrategy").get("attempts", 1)
    if not is_token(attempts) and not 1 <= attempts <= _MOST_ATTEMPTS:
        yield "retryStrategy.attempts", attempts


@rule(_REGISTER, f"{_API}/API_RetryStrategy.html", read=_READ, also=(_SUBMIT,))
def conditions_of_attempts_are_five(call: Call) -> Iterator[Broken]:
    """A retryStrategy has at most 5 conditions (evaluateOnExit)."""
    conditions = _member(call.request, "retryStrategy").get("evaluateOnExit") or ()
    if not is_token(conditions) and len(conditions) > _MOST_CONDITIONS:
        yield "retryStrategy.evaluateOnExit", len(conditions)


@rule(_REGISTER, f"{_API}/API_JobTimeout.html", read=_READ, also=(_SUBMIT,))
def attempts_may_take_a_minute(call: Call) -> Iterator[Broken]:
    """The timeout of an attempt is at least 60 seconds."""
    seconds = _member(call.request, "timeout").get("attemptDurationSeconds", _SHORTEST_SECONDS)
    if not is_token(seconds) and seconds < _SHORTEST_SECONDS:
        yield "timeout.attemptDurationSeconds", seconds


@rule(_SUBMIT, f"{_API}/API_SubmitJob.html", read=_READ)
def arrays_have_at_least_two_jobs(call: Call) -> Iterator[Broken]:
    """The size of an array is 2 to 10,000."""
    size = _member(call.request, "arrayProperties").get("size", _LEAST_ARRAY)
    if not is_token(size) and not _LEAST_ARRAY <= size <= _MOST_ARRAY:
        yield "arrayProperties.size", size


@rule(_SUBMIT, f"{_API}/API_SubmitJob.html", read=_READ, enforced=("emulator",))
def jobs_depend_on_twenty_others(call: Call) -> Iterator[Broken]:
    """A job depends on at most 20 jobs."""
    dependencies: Sequence[object] = call.request.get("dependsOn") or ()
    if not is_token(dependencies) and len(dependencies) > _MOST_DEPENDENCIES:
        yield "dependsOn", len(dependencies)


@rule(_SUBMIT, f"{_API}/API_SubmitJob.html", read=_READ, enforced=("emulator",))
def names_of_batch_jobs_are_words(call: Call) -> Iterator[Broken]:
    """A jobName has up to 128 letters, digits, hyphens and underscores, and begins with a letter or digit."""
    name = call.request.get("jobName", "")
    if not is_token(name) and not re.fullmatch(r"[A-Za-z0-9][\w-]{0,127}", name, re.ASCII):
        yield "jobName", name


def _resources(call: Call) -> Mapping[str, Any]:
    return call.request.get("computeResources") or {}


@rule(_ENVIRONMENT, f"{_API}/API_ComputeResource.html", read=_READ, enforced=("emulator",))
def fargate_has_no_instances(call: Call) -> Iterator[Broken]:
    """computeResources of Fargate have a type, maxvCpus, subnets and securityGroupIds, and none of instances."""
    resources = _resources(call)
    if resources.get("type") in _FARGATE:
        yield from ((f"computeResources.{name}", resources[name]) for name in _NOT_OF_FARGATE if resources.get(name))


@rule(_ENVIRONMENT, f"{_API}/API_ComputeResource.html", read=_READ)
def fargate_has_sixteen_subnets(call: Call) -> Iterator[Broken]:
    """computeResources of Fargate have at most 16 subnets."""
    subnets = _resources(call).get("subnets") or ()
    if _resources(call).get("type") in _FARGATE and not is_token(subnets) and len(subnets) > _MOST_SUBNETS:
        yield "computeResources.subnets", len(subnets)


@rule(_ENVIRONMENT, f"{_API}/API_ComputeResource.html", read=_READ)
def instances_share_an_architecture(call: Call) -> Iterator[Broken]:
    """The instanceTypes of a compute environment share one architecture: c7g, with AWS's own processors, does not go
    with c7i."""
    types = [each for each in _resources(call).get("instanceTypes") or () if not is_token(each)]
    if len({_has_own_processors(each) for each in types}) > 1:
        yield "computeResources.instanceTypes", ", ".join(types)


def _has_own_processors(instance_type: str) -> bool:
    return instance_type == "default_arm64" or re.match(r"(a1|[a-z]+\d+g)", instance_type) is not None


@rule(_ENVIRONMENT, f"{_API}/API_ComputeResource.html", read=_READ, enforced=("emulator",))
def the_best_fit_of_spot_needs_a_fleet_role(call: Call) -> Iterator[Broken]:
    """computeResources of the type SPOT require a spotIamFleetRole if the allocationStrategy is BEST_FIT, the
    default."""
    resources = _resources(call)
    best_fit = resources.get("type") == "SPOT" and resources.get("allocationStrategy", "BEST_FIT") == "BEST_FIT"
    if best_fit and not resources.get("spotIamFleetRole"):
        yield "computeResources.spotIamFleetRole", "none"


@rule(_QUEUE, f"{_API}/API_CreateJobQueue.html", read=_READ, also=("UpdateJobQueue",))
def queues_have_three_environments(call: Call) -> Iterator[Broken]:
    """A job queue has at most 3 compute environments."""
    order = call.request.get("computeEnvironmentOrder") or ()
    if not is_token(order) and len(order) > _MOST_ENVIRONMENTS:
        yield "computeEnvironmentOrder", len(order)


@rule(_QUEUE, f"{_API}/API_CreateJobQueue.html", read=_READ, also=("UpdateJobQueue",))
def queues_do_not_mix_fargate_and_instances(call: Call) -> Iterator[Broken]:
    """The compute environments of a job queue are all of Fargate or all of EC2."""
    known = [_type(call, each) for each in call.request.get("computeEnvironmentOrder") or ()]
    if any(each in _FARGATE for each in known) and any(each in _ECS for each in known):
        yield "computeEnvironmentOrder", ", ".join(filter(None, known))


def _type(call: Call, ordered: Request) -> str:
    found: Request = call.find("ComputeEnvironment", ordered.get("computeEnvironment", "")) or {}
    kind: str = _member(found, "computeResources").get("type", "")
    return "" if is_token(kind) else kind
