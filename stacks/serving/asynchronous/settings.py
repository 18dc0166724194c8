"""What the asynchronous endpoint is told."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sagemaker_constructs.core.problems import Problem
from stacks.configuration.section import SettingsSection
from stacks.serving.common.capacity import SleepingInstanceRangeSettings, StartupSettings
from stacks.serving.common.fields import HostingInstanceType
from stacks.serving.common.hosted import ChosenFleet
from stacks.serving.common.rollout import RolloutSettings, rollout_problems
from stacks.serving.common.schedules import Schedules, schedule_problems
from stacks.serving.common.workload import WorkloadSettings


class AsynchronousSettings(SettingsSection):
    """An endpoint that takes its requests from S3 and answers there, with a message for each outcome."""

    instance_type: HostingInstanceType
    """Instance type."""
    instances: SleepingInstanceRangeSettings
    """Number of instances."""
    backlog_per_instance: Annotated[int, Field(ge=1, le=1000)]
    """Waiting requests per instance that scaling keeps near."""
    concurrent_invocations: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Requests that one instance works on at a time; left out, SageMaker chooses."""
    include_response: Annotated[tuple[Literal["success", "error"], ...], Field(min_length=0, max_length=2)] = ()
    """Outcomes whose message brings the answer itself along, up to 128 kB."""
    workload: WorkloadSettings | None = None
    """What the endpoint is meant for; left out, its limits are not compared with anything."""
    schedules: Schedules = ()
    """Other bounds of the instances by the clock."""
    rollout: RolloutSettings | None = None
    """How an update moves, by `mode`; left out, all at once with five minutes of bake."""
    startup: StartupSettings | None = None
    """Time to start; left out, SageMaker's own limits."""

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield from schedule_problems(self.schedules, least=0)
        fleet = ChosenFleet("the endpoint", self.instance_type, self.instances.option())
        yield from rollout_problems(self.rollout, [fleet])
