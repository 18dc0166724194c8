"""What the queue of AWS Batch and its jobs are told."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.problems import Problem, within
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.data.batch.batch_job_size import BatchJobSize, Platform
from sagemaker_constructs.data.batch.batch_retries import BatchRetries
from sagemaker_constructs.data.batch.capacity import Capacity, FargateCapacity, InstanceCapacity
from stacks.configuration.fields.folders import ImageFolder, folder_problem
from stacks.configuration.fields.kit import matching
from stacks.configuration.section import SettingsSection, Surroundings
from stacks.serving.common.fields import ScheduleExpression, TimeZone
from stacks.training.pipeline.settings import Prefix

JobName = Annotated[
    str, matching(r"^[a-z][a-z0-9-]{0,31}$", "1 to 32 lower-case letters, digits and hyphens, a letter first")
]
FolderName = Annotated[str, matching(r"^[A-Za-z0-9.\-_]{1,64}$", "1 to 64 letters, digits, dots, hyphens and _")]
InstanceName = Annotated[
    str, matching(r"^[a-z][a-z0-9-]*(\.[a-z0-9-]+)?$", "a family or a type of EC2, such as c7i or c7i.large")
]
_SIZE_NAMES = {"containerProperties": "", "resourceRequirements": "vcpus"}
_REACHED = ("Ecr", "EcrDocker", "Logs")
_REACHED_BY_INSTANCES = (*_REACHED, "Ecs", "EcsAgent", "EcsTelemetry")


class BatchJobSettings(SettingsSection):
    """A job: an image with its command, folders of the bucket for data, and what it takes."""

    image: ImageFolder = "containers/tabular"
    """Folder of the image."""
    command: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
    """Words after the image's entry point, such as `process` and the name of a script."""
    inputs: Annotated[dict[FolderName, Prefix], Field(max_length=10)] = Field(default_factory=dict[str, str])
    """Folders in the platform's bucket for data that it reads, by the names that scripts know."""
    outputs: Annotated[dict[FolderName, Prefix], Field(max_length=10)] = Field(default_factory=dict[str, str])
    """Folders in the platform's bucket for data that it writes."""
    divided: Annotated[tuple[FolderName, ...], Field(min_length=0, max_length=10)] = ()
    """Inputs of whose objects each job of an array has its share."""
    vcpus: Annotated[float, Field(ge=0.25, le=192)] = 1.0
    """vCPUs: 0.25, 0.5, 1, 2, 4, 8, 16 or 32 on Fargate, any whole number on instances."""
    memory_mib: Annotated[int, Field(ge=512, le=25_165_824)] = 2048
    """Memory in MiB, of the amounts that Fargate has for so many vCPUs."""
    max_runtime_minutes: Annotated[int, Field(ge=1, le=20_160)] = 60
    """Minutes until an attempt is ended."""
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """Attempts at a job that loses its capacity."""
    schedule: ScheduleExpression | None = None
    """Run by the clock; left out, people and programs submit it."""
    time_zone: TimeZone = "UTC"
    """Time zone of `schedule`."""
    array_size: Annotated[int, Field(ge=2, le=10_000)] | None = None
    """Jobs that the schedule submits at a time."""

    def size(self) -> BatchJobSize:
        """The size of the construct."""
        return BatchJobSize(self.vcpus, self.memory_mib)

    def problems(self) -> Iterator[Problem | None]:
        """What names nothing."""
        for index, name in enumerate(self.divided):
            if name not in self.inputs:
                yield Problem(f"divided[{index}]", f"must be one of inputs, got: {name}")
        if self.array_size is not None and self.schedule is None:
            yield Problem("array_size", "nothing would ever submit it; allowed: left out, or schedule beside it")

    def problems_around(self, around: Surroundings) -> Iterator[Problem | None]:
        """An image that is not there."""
        yield folder_problem("image", self.image, around, holds="Dockerfile")


class BatchSettings(SettingsSection):
    """A queue of AWS Batch and its jobs, billed while they run."""

    max_vcpus: Annotated[int, Field(ge=1, le=10_000)] = 16
    """vCPUs of all jobs at a time."""
    spare: bool = False
    """Try spare capacity first, which is cheaper and may be taken back."""
    instance_types: Annotated[tuple[InstanceName, ...], Field(min_length=0, max_length=50)] = ()
    """Families and types of EC2, of one architecture; left out, jobs run on Fargate."""
    longest_wait_minutes: Annotated[int, Field(ge=10, le=1_440)] | None = None
    """Minutes after which a job is cancelled for which there is no capacity; left out, it waits."""
    jobs: Annotated[dict[JobName, BatchJobSettings], Field(min_length=1, max_length=50)]
    """Jobs by their names."""

    @property
    def platform(self) -> Platform:
        """What jobs run on."""
        return "EC2" if self.instance_types else "FARGATE"

    def capacity(self) -> Sequence[Capacity]:
        """The capacity of the construct."""
        if self.instance_types:
            return [InstanceCapacity(self.instance_types, self.max_vcpus, spot=self.spare)]
        steady = FargateCapacity(self.max_vcpus)
        return [FargateCapacity(self.max_vcpus, spot=True), steady] if self.spare else [steady]

    def reached(self) -> Sequence[str]:
        """The services to which an isolated network needs endpoints."""
        return _REACHED_BY_INSTANCES if self.instance_types else _REACHED

    def problems(self) -> Iterator[Problem | None]:
        """What Batch would refuse of jobs for this queue."""
        for name, job in self.jobs.items():
            size, place = job.size(), f"jobs.{name}"
            yield from within(place, size.problems(self.platform))
            request = {
                "platformCapabilities": [self.platform],
                "containerProperties": {"resourceRequirements": size.requirements()},
                "retryStrategy": BatchRetries(job.attempts).request(),
            }
            yield from within(place, request_problems("RegisterJobDefinition", request, _SIZE_NAMES))
        resources = {"type": "EC2", "instanceTypes": list(self.instance_types)}
        names = {"computeResources": "", "instanceTypes": "instance_types"}
        yield from request_problems("CreateComputeEnvironment", {"computeResources": resources}, names)
