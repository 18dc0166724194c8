"""What the serverless endpoint is told."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.problems import Problem, within
from sagemaker_constructs.serving.scaling.provisioned_concurrency import ProvisionedConcurrency
from stacks.configuration.section import SettingsSection
from stacks.serving.common.schedules import Schedules, schedule_problems
from stacks.serving.common.workload import WorkloadSettings
from stacks.serving.front_door.settings import FrontDoorSettings


class ConcurrencyRangeSettings(SettingsSection):
    """Requests at one time for which a warm container waits."""

    minimum: Annotated[int, Field(ge=1, le=200)]
    """Minimum, with which the endpoint starts."""
    maximum: Annotated[int, Field(ge=1, le=200)]
    """Maximum; at least `minimum`, and no more than `maximum_concurrency`. Each warm container costs money."""
    utilization_percent: Annotated[int, Field(ge=1, le=100)] = 70
    """Used share of the warm containers that scaling keeps near."""
    schedules: Schedules = ()
    """Other bounds by the clock, with a `minimum` of at least 1 and a `maximum` up to `maximum_concurrency`."""

    def option(self) -> ProvisionedConcurrency:
        """The range of the construct."""
        return ProvisionedConcurrency(self.minimum, self.maximum)

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield from self.option().problems()
        yield from schedule_problems(self.schedules, least=1)


class ServerlessSettings(SettingsSection):
    """An endpoint without instances, paid per request. SageMaker allows it neither a VPC nor network isolation."""

    memory_gb: Annotated[int, Field(ge=1, le=6)] = 2
    """Memory of a container in GB; its CPU grows with it."""
    maximum_concurrency: Annotated[int, Field(ge=1, le=200)] = 20
    """Requests at one time; more are refused."""
    provisioned: ConcurrencyRangeSettings | None = None
    """Containers that are kept warm; left out, the first request after a pause waits for a container."""
    workload: WorkloadSettings | None = None
    """What the endpoint is meant for; left out, its limits are not compared with anything."""
    front_door: FrontDoorSettings | None = None
    """A REST API in front of the endpoint; left out, callers use SageMaker's own API."""

    def problems(self) -> Iterator[Problem | None]:
        """No more containers are kept warm than may run at one time, at any hour."""
        if self.provisioned:
            most = self.maximum_concurrency
            yield from within("provisioned.maximum", [self.provisioned.option().excess(most)])
            for index, schedule in enumerate(self.provisioned.schedules):
                path = f"provisioned.schedules[{index}].maximum"
                yield from within(path, [schedule.concurrency.excess(most)])
